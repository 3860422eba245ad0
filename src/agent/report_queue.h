// agent/report_queue.h: encoded reports that wait for their acknowledgement, oldest first, bounded.
//
// Used by: the uplink. In memory only. When it is full the oldest report that is not on its way is
// dropped and counted: the newest figures are worth more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace wakeful::agent {

class ReportQueue {
 public:
  struct Limits {
    std::size_t reports = 600;
    std::size_t bytes = 8 << 20;
  };

  explicit ReportQueue(Limits limits) : limits_(limits) {}

  /// Add an encoded report at the end.
  /// returns  how many reports were dropped to make room
  std::size_t push(std::string json);
  /// The oldest reports as one request body: an object for one, an array for several. They stay in
  /// the queue, on their way, until remove_sent or give_back. Must not be called while some are.
  /// shape  at most max_reports, and at most max_bytes unless the first alone is larger
  std::string take(std::size_t max_reports, std::size_t max_bytes);
  /// The reports on their way are acknowledged or refused for good.
  void remove_sent();
  /// The reports on their way are to be sent again.
  void give_back() { sent_ = 0; }

  std::size_t size() const { return reports_.size(); }
  std::size_t bytes() const { return bytes_; }
  /// How many are on their way.
  std::size_t sent() const { return sent_; }
  bool empty() const { return reports_.empty(); }

 private:
  bool full() const { return reports_.size() > limits_.reports || bytes_ > limits_.bytes; }

  Limits limits_;
  std::deque<std::string> reports_;
  std::size_t bytes_ = 0;
  std::size_t sent_ = 0;
};

}  // namespace wakeful::agent
