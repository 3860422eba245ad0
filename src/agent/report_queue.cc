#include "agent/report_queue.h"

#include "base/check.h"

namespace wakeful::agent {

std::size_t ReportQueue::push(std::string json) {
  bytes_ += json.size();
  reports_.push_back(std::move(json));
  std::size_t dropped = 0;
  while (full() && reports_.size() > sent_) {
    const auto oldest = reports_.begin() + static_cast<std::ptrdiff_t>(sent_);
    bytes_ -= oldest->size();
    reports_.erase(oldest);
    ++dropped;
  }
  return dropped;
}

std::string ReportQueue::take(std::size_t max_reports, std::size_t max_bytes) {
  WAKEFUL_CHECK(sent_ == 0 && !reports_.empty());
  std::size_t size = 0;
  while (sent_ < reports_.size() && sent_ < max_reports) {
    size += reports_[sent_].size() + 1;
    if (sent_ > 0 && size > max_bytes) break;
    ++sent_;
  }
  if (sent_ == 1) return reports_.front();
  std::string body;
  body.reserve(size + 2);
  for (std::size_t i = 0; i < sent_; ++i) {
    body += i == 0 ? '[' : ',';
    body += reports_[i];
  }
  body += ']';
  return body;
}

void ReportQueue::remove_sent() {
  for (; sent_ > 0; --sent_) {
    bytes_ -= reports_.front().size();
    reports_.pop_front();
  }
}

}  // namespace wakeful::agent
