// agent/uplink.h: brings reports to the server: oldest first, until acknowledged.
//
// Used by: the agent and its --once mode. Lives on the loop's thread. The server is never waited
// for: submit() returns at once, the queue is bounded, a failed request is tried again later.
// Contract: docs/protocol.md §1.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/backoff.h"
#include "agent/report_queue.h"
#include "base/clock.h"
#include "net/http_client.h"
#include "net/loop.h"

namespace wakeful::agent {

struct UplinkOptions {
  std::string server_url;  ///< for messages
  std::string key;
  ReportQueue::Limits queue;
  std::size_t max_batch_reports = 100;
  std::size_t max_batch_bytes = 4 << 20;
  Milliseconds first_retry{1000};
  Milliseconds longest_retry{60'000};
  /// After an answer that only the owner can change: unknown key, not a Wakeful server.
  Milliseconds refused_retry{60'000};
  Milliseconds longest_retry_after{600'000};
  std::uint32_t seed = 1;
};

/// What became of one request.
struct UplinkOutcome {
  enum class Kind {
    acknowledged,  ///< on the server's disk
    dropped,       ///< refused for good, and dropped here
    refused,       ///< refused until the owner does something; kept
    failed,        ///< no answer, or not now; kept
  };
  Kind kind = Kind::failed;
  int status = 0;  ///< 0: no answer
  std::string answer;
  std::string message;  ///< for people; empty when all were taken
  std::size_t reports = 0;
};

struct UplinkCounters {
  std::uint64_t acknowledged = 0;
  std::uint64_t repeated = 0;
  std::uint64_t refused = 0;     ///< reports the server would not take
  std::uint64_t overflowed = 0;  ///< reports dropped because the queue was full
};

class Uplink {
 public:
  Uplink(net::Loop& loop, std::unique_ptr<net::HttpClient> client, UplinkOptions options);
  ~Uplink();
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  /// Queue an encoded report and send it as soon as its turn comes.
  void submit(std::string report_json);
  /// Told of every request's outcome, after the queue was changed.
  void on_outcome(std::function<void(const UplinkOutcome&)> told) { told_ = std::move(told); }
  /// Try once more to send what is queued, without waiting between tries; done is called when the
  /// queue is empty, a try failed, or the deadline passed.
  void flush(Milliseconds deadline, std::function<void()> done);

  std::size_t queued() const { return queue_.size(); }
  const UplinkCounters& counters() const { return counters_; }

 private:
  void send_next();
  void on_answer(Result<net::ClientResponse> answer);
  UplinkOutcome judge(const Result<net::ClientResponse>& answer);
  UplinkOutcome judge_success(const net::ClientResponse& response);
  void settle(UplinkOutcome outcome, const Result<net::ClientResponse>& answer);
  Milliseconds wait_after(const UplinkOutcome& outcome, const Result<net::ClientResponse>& answer);
  void tell(const UplinkOutcome& outcome);
  void end_flush();

  net::Loop& loop_;
  std::unique_ptr<net::HttpClient> client_;
  UplinkOptions options_;
  ReportQueue queue_;
  Backoff backoff_;
  UplinkCounters counters_;
  std::function<void(const UplinkOutcome&)> told_;
  std::function<void()> flushed_;
  net::Loop::Timer retry_;
  net::Loop::Timer flush_deadline_;
  bool busy_ = false;     ///< a request is on its way
  bool waiting_ = false;  ///< retry_ runs
  bool flushing_ = false;
  bool overflowing_ = false;
  /// After a batch was refused: this many go alone, to find the bad one.
  std::size_t singles_ = 0;
  std::string last_told_;  ///< so that the log has one line per change, not per try
  /// Callbacks of the client and the loop hold this weakly: they may come after our end.
  std::shared_ptr<Uplink*> alive_;
};

}  // namespace wakeful::agent
