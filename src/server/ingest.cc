#include "server/ingest.h"

#include <iterator>
#include <memory>
#include <utility>

#include "base/log.h"

namespace wakeful::server {
namespace {

/// Events that could not be stored wait for a better time, but not without end.
constexpr std::size_t kMaxUnsavedEvents = 10'000;

void append(std::vector<model::ServerEvent>& all, std::vector<model::ServerEvent> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Error removed_error() {
  return {Errc::unauthorized, "this key's server was removed; nothing was stored"};
}

void set_warning(fleet::Fleet& fleet, const WarningChange& change) {
  if (change.message.empty()) {
    fleet.clear_warning(change.server, change.kind);
  } else {
    fleet.warn(change.server, {change.kind, change.message});
  }
}

}  // namespace

Ingest::Ingest(store::Samples& samples, store::Registry& registry, Guarded<fleet::Fleet>& fleet,
               WriteHealth& health, const Clock& clock, const IngestLimits& limits, Deliver deliver)
    : samples_(samples),
      registry_(registry),
      fleet_(fleet),
      health_(health),
      clock_(clock),
      limits_(limits),
      deliver_(std::move(deliver)),
      writer_([this] { run(); }) {}

Ingest::~Ingest() {
  if (writer_.joinable()) stop();
}

Result<void> Ingest::submit(IngestJob job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      return fail(Errc::unavailable, "the server is stopping; nothing was stored, try again");
    }
    if (queue_.size() >= limits_.max_jobs || queued_bytes_ + job.bytes > limits_.max_bytes) {
      return fail(Errc::unavailable, "more reports are waiting than the store can take (" +
                                         std::to_string(queue_.size()) + " requests, " +
                                         std::to_string(queued_bytes_ >> 20) +
                                         " MiB); nothing was stored, try again");
    }
    queued_bytes_ += job.bytes;
    queue_.push_back(std::move(job));
    if (queue_.size() > 1) return {};  // the writer was told already
  }
  wake_.notify_one();
  return {};
}

void Ingest::forget(model::ServerId server) {
  std::unique_lock lock(mutex_);
  removed_.insert(model::to_number(server));
  const std::uint64_t begun = batches_begun_;
  batch_done_.wait(lock, [&] { return batches_ended_ >= begun; });
}

void Ingest::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  writer_.join();
}

void Ingest::run() {
  for (;;) {
    std::vector<IngestJob> jobs = take();
    if (jobs.empty()) return;
    write(std::move(jobs));
    {
      const std::lock_guard lock(mutex_);
      ++batches_ended_;
    }
    batch_done_.notify_all();
  }
}

/// Wait for jobs and take as many as make a batch. Empty: the queue is empty and we are to end.
std::vector<IngestJob> Ingest::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  std::vector<IngestJob> jobs;
  std::size_t reports = 0;
  // A single request of more reports than a batch still goes, alone.
  while (!queue_.empty() &&
         (jobs.empty() || reports + queue_.front().reports.size() <= kMaxBatch)) {
    reports += queue_.front().reports.size();
    queued_bytes_ -= queue_.front().bytes;
    jobs.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  if (!jobs.empty()) ++batches_begun_;
  return jobs;
}

void Ingest::write(std::vector<IngestJob> jobs) {
  Batch batch;
  batch.jobs = std::move(jobs);
  drop_removed(batch);
  batch.counts.reserve(batch.jobs.size());
  for (IngestJob& job : batch.jobs) {
    batch.counts.push_back(job.reports.size());
    batch.reports.insert(batch.reports.end(), std::make_move_iterator(job.reports.begin()),
                         std::make_move_iterator(job.reports.end()));
  }

  std::vector<store::Appended> appended;
  std::optional<Error> error;
  if (!batch.reports.empty()) {
    auto result = samples_.append(batch.reports);
    if (result) {
      appended = std::move(*result);
      health_.succeeded(WriteHealth::Part::samples, clock_.mono_now());
    } else {
      error = Error{Errc::unavailable,
                    result.error().message + "; nothing was stored, try again later"};
      health_.failed(WriteHealth::Part::samples, result.error().message, clock_.mono_now());
    }
  }
  auto events = error ? keep_alive(batch) : apply_to_fleet(batch, appended);
  answer(batch, appended, error);
  keep_events(std::move(events));
}

/// Let all the answers of the batch go in one call to the loop.
void Ingest::answer(Batch& batch, const std::vector<store::Appended>& appended,
                    const std::optional<Error>& error) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
    const std::size_t end = next + batch.counts[i];
    if (batch.jobs[i].done) {
      Answer one;
      one.done = std::move(batch.jobs[i].done);
      if (error && end > next) {
        one.result = fail(*error);
      } else {
        Stored stored;
        stored.acknowledged = end - next;
        bool removed = false;
        for (std::size_t k = next; k < end; ++k) {
          if (appended[k] == store::Appended::repeated) ++stored.repeated;
          if (appended[k] == store::Appended::unknown_server) removed = true;
          // Acknowledged all the same: the sender must not try for ever.
          if (appended[k] == store::Appended::out_of_range) ++stored.refused;
        }
        one.result = removed ? Result<Stored>(fail(removed_error())) : Result<Stored>(stored);
      }
      batch.answers.push_back(std::move(one));
    }
    next = end;
  }
  if (batch.answers.empty()) return;
  auto answers = std::make_shared<std::vector<Answer>>(std::move(batch.answers));
  deliver_([answers] {
    for (Answer& one : *answers) one.done(one.result);
  });
}

/// Answer what belongs to a removed server, and take it out of the batch.
void Ingest::drop_removed(Batch& batch) {
  std::unordered_set<std::int64_t> removed;
  {
    const std::lock_guard lock(mutex_);
    if (removed_.empty()) return;
    removed = removed_;
  }
  for (IngestJob& job : batch.jobs) {
    const bool gone =
        (job.touch && removed.contains(model::to_number(*job.touch))) ||
        (!job.reports.empty() && removed.contains(model::to_number(job.reports.front().server)));
    if (!gone) continue;
    if (job.done) batch.answers.push_back({std::move(job.done), fail(removed_error())});
    job = IngestJob{};
  }
}

/// The reports are on disk: now the page may show them.
std::vector<model::ServerEvent> Ingest::apply_to_fleet(
    const Batch& batch, const std::vector<store::Appended>& appended) {
  std::vector<model::ServerEvent> events;
  auto fleet = fleet_.lock();
  for (std::size_t i = 0; i < appended.size(); ++i) {
    append(events, apply_report(*fleet, batch.reports[i], appended[i]));
  }
  for (const IngestJob& job : batch.jobs) {
    for (const WarningChange& change : job.warnings) set_warning(*fleet, change);
    if (job.touch) append(events, fleet->touch(*job.touch, clock_.wall_now()));
    if (job.judge_silence) append(events, fleet->tick(clock_.wall_now()));
    append(events, job.events);
  }
  return events;
}

std::vector<model::ServerEvent> Ingest::apply_report(fleet::Fleet& fleet,
                                                     const store::AcceptedReport& report,
                                                     store::Appended appended) {
  switch (appended) {
    case store::Appended::stored:
      if (!time_warned_.empty() && time_warned_.erase(model::to_number(report.server)) > 0) {
        fleet.clear_warning(report.server, kTimeWarning);
      }
      return fleet.apply(report);
    case store::Appended::repeated:
      return fleet.touch(report.server, report.received);
    case store::Appended::unknown_server:
      return {};
    case store::Appended::out_of_range:
      break;
  }
  // Its figures belong to no time, but the server is alive.
  time_warned_.insert(model::to_number(report.server));
  fleet.warn(report.server,
             {std::string(kTimeWarning),
              "a report was refused and is lost: its time, " + format_utc(report.time) +
                  ", is one that no clock shows. Set the clock of that machine or "
                  "of this server right (NTP)."});
  return fleet.touch(report.server, report.received);
}

/// The store took nothing, but the servers are alive: they must not be shown as silent.
std::vector<model::ServerEvent> Ingest::keep_alive(const Batch& batch) {
  std::vector<model::ServerEvent> events;
  auto fleet = fleet_.lock();
  for (const store::AcceptedReport& report : batch.reports) {
    append(events, fleet->touch(report.server, report.received));
  }
  for (const IngestJob& job : batch.jobs) {
    if (job.touch) append(events, fleet->touch(*job.touch, clock_.wall_now()));
    if (job.judge_silence) append(events, fleet->tick(clock_.wall_now()));
    append(events, job.events);
  }
  return events;
}

void Ingest::keep_events(std::vector<model::ServerEvent> events) {
  for (model::ServerEvent& event : events) {
    if (unsaved_events_.size() >= kMaxUnsavedEvents) unsaved_events_.pop_front();
    unsaved_events_.push_back(std::move(event));
  }
  if (unsaved_events_.empty()) return;
  const std::vector<model::ServerEvent> batch(unsaved_events_.begin(), unsaved_events_.end());
  const auto result = registry_.add_events(batch);
  if (!result) {
    health_.failed(WriteHealth::Part::events, result.error().message, clock_.mono_now());
    return;
  }
  health_.succeeded(WriteHealth::Part::events, clock_.mono_now());
  unsaved_events_.clear();
}

}  // namespace wakeful::server
