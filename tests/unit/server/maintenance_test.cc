#include "server/maintenance.h"

#include <condition_variable>
#include <mutex>
#include <optional>

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/memory_store.h"

namespace wakeful::server {
namespace {

constexpr std::chrono::seconds kDeadline{20};

/// A store whose work ends only when it is told to.
class BusySamples final : public test::MemorySamples {
 public:
  Result<void> maintain(WallTime now, const store::Retention& retention,
                        std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    now_ = now;
    retention_ = retention;
    changed_.notify_all();
    changed_.wait_for(lock, stop, kDeadline, [] { return false; });
    stopped_ = stop.stop_requested();
    return fail(Errc::unavailable, "told to stop");
  }
  bool wait_until_busy() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kDeadline, [this] { return now_.has_value(); });
  }
  std::optional<WallTime> now_;
  store::Retention retention_;
  bool stopped_ = false;

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
};

TEST(Maintenance, TheStoresWorkBeginsAtOnceAndStopsWithIt) {
  test::FakeClock clock;
  test::MemoryRegistry registry;
  BusySamples samples;
  Guarded<fleet::Fleet> fleet;
  net::Loop loop;
  api::LiveFeed live(fleet, clock);
  Directory directory(registry, fleet, [](const Directory::Ids&) {});
  WriteHealth health;
  Ingest ingest(samples, registry, fleet, health, clock, IngestLimits{},
                [](const std::function<void()>& function) { function(); });
  std::optional<net::WorkerPool> workers(std::in_place, 2, 8);
  Maintenance::Periods periods;
  periods.retention.raw = std::chrono::hours(5);
  periods.retention.max_bytes = 77;
  std::optional<Maintenance> maintenance(
      std::in_place,
      Maintenance::Parts{loop, *workers, clock, directory, ingest, live, registry, samples},
      periods);
  ASSERT_TRUE(samples.wait_until_busy());
  maintenance.reset();
  workers.reset();
  EXPECT_TRUE(samples.stopped_);
  EXPECT_EQ(samples.now_, clock.wall_now());
  EXPECT_EQ(samples.retention_.raw, std::chrono::hours(5));
  EXPECT_EQ(samples.retention_.max_bytes, 77U);
}

}  // namespace
}  // namespace wakeful::server
