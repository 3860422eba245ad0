#include "store/detail/checkpointer.h"

#include <string>
#include <utility>

#include "base/log.h"

namespace wakeful::store::detail {
namespace {

// 1.5 MiB of 4 KiB pages.
constexpr int kPagesWanted = 384;
// After an error the disk is left alone for a while.
constexpr std::chrono::seconds kPause{5};
// Ours read for milliseconds. A backup reads for as long as it copies: appends must not wait for it,
// neither for long nor often.
constexpr int kPatienceMs = 100;
constexpr std::chrono::seconds kUntilNextTry{1};

}  // namespace

Checkpointer::Checkpointer(std::filesystem::path path, Turn& turn)
    : path_(std::move(path)), turn_(turn), thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Checkpointer::note_wal_pages(int pages) {
  if (pages < kPagesWanted) return;
  {
    const std::lock_guard lock(mutex_);
    if (wanted_) return;
    wanted_ = true;
  }
  wake_.notify_one();
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return wanted_ || stopping_; });
    if (stopping_) return;
    lock.unlock();
    const auto done = checkpoint();
    lock.lock();
    wanted_ = false;
    if (done) {
      if (!*done) wake_.wait_for(lock, kUntilNextTry, [this] { return stopping_; });
      continue;
    }
    log::warning("store", "the write-ahead log could not be written back; it grows meanwhile",
                 {{"error", done.error()}});
    wake_.wait_for(lock, kPause, [this] { return stopping_; });
  }
}

Result<bool> Checkpointer::checkpoint() {
  if (!database_) {
    auto opened = Database::open(path_, Database::Access::read_write);
    if (!opened) return fail(std::move(opened).error());
    auto patient =
        (*opened)->execute("open", "PRAGMA busy_timeout = " + std::to_string(kPatienceMs));
    if (!patient) return fail(std::move(patient).error());
    database_ = std::move(*opened);
  }
  auto bulk = database_->checkpoint(Database::Checkpoint::passive);
  if (!bulk) return fail(std::move(bulk).error());
  const auto turn = turn_.take();
  return database_->checkpoint(Database::Checkpoint::restart);
}

}  // namespace wakeful::store::detail
