#include "server/ingest.h"

#include <condition_variable>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/memory_store.h"

namespace wakeful::server {
namespace {

using model::ServerId;
using model::ServerState;
using testing::HasSubstr;

constexpr std::chrono::seconds kDeadline{20};

// A store whose append() waits until it may go on, so that a queue gathers behind it.
class HeldSamples final : public store::Samples {
 public:
  Result<std::vector<store::Appended>> append(
      std::span<const store::AcceptedReport> reports) override {
    std::unique_lock lock(mutex_);
    batches_.push_back(reports.size());
    changed_.notify_all();
    changed_.wait_for(lock, kDeadline, [this] { return !held_; });
    lock.unlock();
    return inner.append(reports);
  }
  Result<store::Columns> read(const store::SampleQuery& query) override {
    return inner.read(query);
  }
  Result<std::vector<store::AcceptedReport>> last_reports() override {
    return inner.last_reports();
  }
  Result<void> remove_server(ServerId server) override { return inner.remove_server(server); }
  Result<store::SeriesAnswer> series(const store::SeriesQuery& query) override {
    return inner.series(query);
  }
  Result<store::Coverage> coverage(model::ServerId server, WallTime from, WallTime before,
                                   Milliseconds step) override {
    return inner.coverage(server, from, before, step);
  }
  Result<std::vector<store::NewestValues>> newest(
      model::EntityKind kind, std::span<const model::Metric> metrics,
      std::span<const model::ServerId> servers) override {
    return inner.newest(kind, metrics, servers);
  }
  Result<std::vector<store::EntityInfo>> entities(model::ServerId server) override {
    return inner.entities(server);
  }
  Result<std::vector<store::TopEntry>> top(const store::TopQuery& query) override {
    return inner.top(query);
  }
  Result<store::StoreSize> size() override { return inner.size(); }
  Result<void> maintain(WallTime now, const store::Retention& retention,
                        std::stop_token stop) override {
    return inner.maintain(now, retention, stop);
  }
  Result<void> check_writable() override { return inner.check_writable(); }

  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  bool wait_for_batches(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kDeadline, [&] { return batches_.size() >= count; });
  }
  std::vector<std::size_t> batches() {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

  test::MemorySamples inner;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;                 // under mutex_
  std::vector<std::size_t> batches_;  // under mutex_: reports of each
};

// The writer reads the time while the test moves it.
class SharedClock final : public Clock {
 public:
  WallTime wall_now() const override {
    const std::lock_guard lock(mutex_);
    return inner_.wall_now();
  }
  MonoTime mono_now() const override {
    const std::lock_guard lock(mutex_);
    return inner_.mono_now();
  }
  void advance(Milliseconds step) {
    const std::lock_guard lock(mutex_);
    inner_.advance(step);
  }

 private:
  mutable std::mutex mutex_;
  test::FakeClock inner_;  // under mutex_
};

class IngestTest : public testing::Test {
 protected:
  void SetUp() override { start(IngestLimits{}); }

  void start(const IngestLimits& limits) {
    ingest.reset();
    ingest.emplace(samples, registry, fleet, health, clock, limits,
                   [](const std::function<void()>& function) { function(); });
  }

  ServerId add(const std::string& name) {
    const auto server =
        registry.add_server(name, model::Origin::native, std::nullopt, clock.wall_now());
    fleet.lock()->set_servers(registry.servers().value());
    return server->id;
  }

  IngestJob job(ServerId server, std::int64_t sequence, std::size_t reports = 1) {
    IngestJob made;
    for (std::size_t i = 0; i < reports; ++i) {
      store::AcceptedReport& report = made.reports.emplace_back();
      report.server = server;
      report.key = {7, sequence + static_cast<std::int64_t>(i)};
      report.time = report.received = clock.wall_now();
      report.report.boot_id = "boot";
      report.report.agent_run = "run";
      report.report.sequence = static_cast<std::uint64_t>(sequence);
    }
    made.bytes = 100 * reports;
    return made;
  }

  std::future<Result<Stored>> submit(IngestJob made) {
    const auto promise = std::make_shared<std::promise<Result<Stored>>>();
    made.done = [promise](const Result<Stored>& stored) { promise->set_value(stored); };
    auto future = promise->get_future();
    if (const auto queued = ingest->submit(std::move(made)); !queued) {
      promise->set_value(fail(queued.error()));
    }
    return future;
  }
  static Result<Stored> result_of(std::future<Result<Stored>>&& future) {
    if (future.wait_for(kDeadline) != std::future_status::ready) {
      return fail(Errc::timeout, "no answer");
    }
    return future.get();
  }
  ServerState state_of(ServerId server) { return fleet.lock()->find(server)->state; }

  SharedClock clock;
  test::MemoryRegistry registry;
  HeldSamples samples;
  Guarded<fleet::Fleet> fleet;
  WriteHealth health;
  std::optional<Ingest> ingest;
};

TEST_F(IngestTest, AReportIsStoredShownAndAcknowledged) {
  const ServerId server = add("gpu3");
  const auto stored = result_of(submit(job(server, 1)));
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->acknowledged, 1U);
  EXPECT_EQ(stored->repeated, 0U);
  EXPECT_EQ(state_of(server), ServerState::on);
  EXPECT_EQ(samples.last_reports()->size(), 1U);
}

TEST_F(IngestTest, RepeatsAreCountedPerRequest) {
  const ServerId server = add("gpu3");
  ASSERT_TRUE(result_of(submit(job(server, 1, 3))));
  const auto stored = result_of(submit(job(server, 2, 5)));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->acknowledged, 5U);
  EXPECT_EQ(stored->repeated, 2U);
}

TEST_F(IngestTest, WhatGathersDuringACommitGoesIntoTheNextOne) {
  const ServerId server = add("gpu3");
  samples.hold(true);
  std::vector<std::future<Result<Stored>>> answers;
  answers.push_back(submit(job(server, 0)));
  ASSERT_TRUE(samples.wait_for_batches(1));
  for (int i = 1; i <= 100; ++i) answers.push_back(submit(job(server, i)));
  EXPECT_EQ(state_of(server), ServerState::empty);  // not shown before it is on disk
  samples.hold(false);
  for (auto& answer : answers) EXPECT_TRUE(result_of(std::move(answer)));
  EXPECT_EQ(samples.batches(), (std::vector<std::size_t>{1, 100}));
}

TEST_F(IngestTest, ABatchIsBoundedButABiggerRequestGoesAlone) {
  const ServerId server = add("gpu3");
  samples.hold(true);
  auto first = submit(job(server, 0));
  ASSERT_TRUE(samples.wait_for_batches(1));
  auto big = submit(job(server, 10'000, Ingest::kMaxBatch + 1));
  auto small = submit(job(server, 1));
  samples.hold(false);
  EXPECT_TRUE(result_of(std::move(first)));
  EXPECT_EQ(result_of(std::move(big))->acknowledged, Ingest::kMaxBatch + 1);
  EXPECT_TRUE(result_of(std::move(small)));
  EXPECT_EQ(samples.batches(), (std::vector<std::size_t>{1, Ingest::kMaxBatch + 1, 1}));
}

TEST_F(IngestTest, AFullQueueRefusesAndTakesAgainLater) {
  start({.max_jobs = 2, .max_bytes = 1000});
  const ServerId server = add("gpu3");
  samples.hold(true);
  auto first = submit(job(server, 1));
  ASSERT_TRUE(samples.wait_for_batches(1));
  auto second = submit(job(server, 2));
  auto third = submit(job(server, 3));
  const auto refused = result_of(submit(job(server, 4)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("nothing was stored"));
  samples.hold(false);
  EXPECT_TRUE(result_of(std::move(second)));
  EXPECT_TRUE(result_of(std::move(third)));
  EXPECT_TRUE(result_of(submit(job(server, 4))));
}

TEST_F(IngestTest, BytesAreBoundedToo) {
  start({.max_jobs = 100, .max_bytes = 1000});
  const ServerId server = add("gpu3");
  const auto refused = result_of(submit(job(server, 1, 11)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_TRUE(result_of(submit(job(server, 1, 10))));
}

TEST_F(IngestTest, WhatCannotBeStoredIsRefusedAndTheServerIsStillAlive) {
  const ServerId server = add("gpu3");
  samples.inner.fail_with(Error{Errc::io, "samples.db: disk full"});
  const auto refused = result_of(submit(job(server, 1)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("disk full"));
  EXPECT_EQ(health.state(clock.mono_now()).reason, "samples.db: disk full");
  EXPECT_EQ(state_of(server), ServerState::on);

  samples.inner.fail_with(std::nullopt);
  const auto stored = result_of(submit(job(server, 1)));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->repeated, 0U);
  EXPECT_EQ(health.state(clock.mono_now()).reason, std::nullopt);
}

TEST_F(IngestTest, EventsThatCouldNotBeKeptAreKeptLater) {
  const ServerId server = add("gpu3");
  registry.fail_with(Error{Errc::io, "registry.db: disk full"});
  ASSERT_TRUE(result_of(submit(job(server, 1))));
  ASSERT_TRUE(result_of(submit(job(server, 2))));
  registry.fail_with(std::nullopt);
  ASSERT_TRUE(result_of(submit(job(server, 3))));
  ingest.reset();
  const auto events = registry.events(server, 10).value();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events.front().to, ServerState::on);
}

TEST_F(IngestTest, AGreetingTurnsAServerOnAndStoresNothing) {
  const ServerId server = add("gpu3");
  IngestJob greeting;
  greeting.touch = server;
  ASSERT_TRUE(result_of(submit(std::move(greeting))));
  EXPECT_EQ(state_of(server), ServerState::on);
  EXPECT_TRUE(samples.last_reports()->empty());
}

TEST_F(IngestTest, WarningsAreShownAndEnded) {
  const ServerId server = add("gpu3");
  IngestJob warned = job(server, 1);
  warned.warnings.push_back({server, "clock", "9 h behind"});
  ASSERT_TRUE(result_of(submit(std::move(warned))));
  ASSERT_EQ(fleet.lock()->find(server)->warnings.size(), 1U);
  EXPECT_EQ(fleet.lock()->find(server)->warnings.front().message, "9 h behind");
  IngestJob ended = job(server, 2);
  ended.warnings.push_back({server, "clock", ""});
  ASSERT_TRUE(result_of(submit(std::move(ended))));
  EXPECT_TRUE(fleet.lock()->find(server)->warnings.empty());
}

TEST_F(IngestTest, AReportThatNoClockShowsIsAcknowledgedCountedAndNotShown) {
  const ServerId server = add("gpu3");
  IngestJob made = job(server, 1, 3);
  made.reports[1].time = from_unix_ms(-5);
  made.reports[1].report.boot_id = "of no time";
  const auto stored = result_of(submit(std::move(made)));
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->acknowledged, 3U);
  EXPECT_EQ(stored->repeated, 0U);
  EXPECT_EQ(stored->refused, 1U);
  EXPECT_EQ(samples.last_reports()->front().report.boot_id, "boot");
  EXPECT_EQ(fleet.lock()->find(server)->report.boot_id, "boot");
}

TEST_F(IngestTest, TheOwnerIsToldOfRefusedTimesUntilAReportIsTaken) {
  const ServerId server = add("gpu3");
  IngestJob made = job(server, 1);
  made.reports[0].time = from_unix_ms(-5);
  const auto stored = result_of(submit(std::move(made)));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->refused, 1U);
  EXPECT_EQ(state_of(server), ServerState::on) << "it is alive all the same";
  ASSERT_EQ(fleet.lock()->find(server)->warnings.size(), 1U);
  EXPECT_EQ(fleet.lock()->find(server)->warnings.front().kind, kTimeWarning);
  EXPECT_THAT(fleet.lock()->find(server)->warnings.front().message, HasSubstr("refused"));
  ASSERT_TRUE(result_of(submit(job(server, 2))));
  EXPECT_TRUE(fleet.lock()->find(server)->warnings.empty());
}

TEST_F(IngestTest, SilenceIsJudgedAndKeptAsAnEvent) {
  const ServerId server = add("gpu3");
  const auto tick = [&] {
    IngestJob made;
    made.judge_silence = true;
    ASSERT_TRUE(result_of(submit(std::move(made))));
  };
  tick();
  ASSERT_TRUE(result_of(submit(job(server, 1))));
  for (int second = 0; second < 60; ++second) {
    clock.advance(std::chrono::seconds(1));
    tick();
  }
  EXPECT_EQ(state_of(server), ServerState::off);
  ingest.reset();
  EXPECT_EQ(registry.events(server, 1)->front().to, ServerState::off);
}

TEST_F(IngestTest, NothingOfARemovedServerIsStored) {
  const ServerId kept = add("kept");
  const ServerId removed = add("removed");
  samples.hold(true);
  auto before = submit(job(removed, 1));
  ASSERT_TRUE(samples.wait_for_batches(1));
  auto behind = submit(job(removed, 2));
  auto other = submit(job(kept, 1));
  auto forgotten = std::async(std::launch::async, [&] { ingest->forget(removed); });
  samples.hold(false);
  ASSERT_EQ(forgotten.wait_for(kDeadline), std::future_status::ready);
  ASSERT_TRUE(samples.remove_server(removed));
  EXPECT_TRUE(result_of(std::move(before)));
  EXPECT_TRUE(result_of(std::move(other)));
  const auto late = result_of(submit(job(removed, 3)));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::unauthorized);
  static_cast<void>(result_of(std::move(behind)));  // either way, by when it was taken
  const auto last = samples.last_reports().value();
  for (const auto& report : last) EXPECT_EQ(report.server, kept);
}

TEST_F(IngestTest, StoppingStoresWhatIsQueuedAndTakesNoMore) {
  const ServerId server = add("gpu3");
  samples.hold(true);
  std::vector<std::future<Result<Stored>>> answers;
  for (int i = 0; i < 50; ++i) answers.push_back(submit(job(server, i)));
  auto stopped = std::async(std::launch::async, [&] { ingest->stop(); });
  ASSERT_TRUE(samples.wait_for_batches(1));
  samples.hold(false);
  ASSERT_EQ(stopped.wait_for(kDeadline), std::future_status::ready);
  for (auto& answer : answers) EXPECT_TRUE(result_of(std::move(answer)));
  const auto late = result_of(submit(job(server, 99)));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace wakeful::server
