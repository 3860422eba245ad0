#include "net/event_stream.h"

#include <utility>

namespace wakeful::net {

EventText make_event(std::string_view name, std::string_view data) {
  std::string text;
  text.reserve(name.size() + data.size() + 16);
  text.append("event: ").append(name).append("\ndata: ").append(data).append("\n\n");
  return std::make_shared<const std::string>(std::move(text));
}

bool EventStream::send(EventText event) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  if (queued_bytes_ + event->size() > max_queued_bytes_) {
    dropped_ = true;
    closed_ = true;
    queue_.clear();
    queued_bytes_ = 0;
    if (on_ready_) on_ready_();
    return false;
  }
  const bool was_empty = queue_.empty();
  queued_bytes_ += event->size();
  queue_.push_back(std::move(event));
  if (was_empty && on_ready_) on_ready_();
  return true;
}

void EventStream::close() {
  const std::lock_guard lock(mutex_);
  if (closed_.exchange(true)) return;
  if (on_ready_) on_ready_();
}

std::vector<EventText> EventStream::take() {
  const std::lock_guard lock(mutex_);
  queued_bytes_ = 0;
  return std::exchange(queue_, {});
}

void EventStream::attach(std::function<void()> on_ready) {
  const std::lock_guard lock(mutex_);
  on_ready_ = std::move(on_ready);
  if (on_ready_ && (closed_ || !queue_.empty())) on_ready_();
}

}  // namespace wakeful::net
