#include "net/worker_pool.h"

#include <atomic>
#include <latch>
#include <stdexcept>

#include "net_support.h"

namespace wakeful::net::test {
namespace {

TEST(WorkerPool, RunsEverythingThatWasTakenBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    WorkerPool pool(2, 100);
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(pool.submit([&] { ++done; }));
  }
  EXPECT_EQ(done, 50);
}

TEST(WorkerPool, RefusesAJobWhenTheQueueIsFull) {
  std::latch begun(1);
  std::promise<void> gate;
  auto open = gate.get_future().share();
  WorkerPool pool(1, 2);
  ASSERT_TRUE(pool.submit([&] {
    begun.count_down();
    open.wait();
  }));
  begun.wait();
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_FALSE(pool.submit([] {}));
  gate.set_value();
}

TEST(WorkerPool, TakesAJobPerIdleThreadWithoutAnyQueue) {
  std::promise<void> gate;
  auto open = gate.get_future().share();
  WorkerPool pool(2, 0);
  EXPECT_TRUE(pool.submit([open] { open.wait(); }));
  EXPECT_TRUE(pool.submit([open] { open.wait(); }));
  EXPECT_FALSE(pool.submit([] {}));
  gate.set_value();
}

TEST(WorkerPool, GoesOnAfterAJobThatThrows) {
  std::promise<void> ran;
  WorkerPool pool(1, 10);
  EXPECT_TRUE(pool.submit([] { throw std::runtime_error("on purpose"); }));
  EXPECT_TRUE(pool.submit([&] { ran.set_value(); }));
  EXPECT_EQ(ran.get_future().wait_for(kPatience), std::future_status::ready);
}

}  // namespace
}  // namespace wakeful::net::test
