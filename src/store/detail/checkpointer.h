// store/detail/checkpointer.h: writes the WAL back into the database beside the writer, so that an
// append never waits for it and the WAL stays small.
//
// SQLite's own way is to do it in the commit that crosses a size, which then takes a hundred times
// as long. Here a thread with a connection of its own does the bulk while appends go on, then takes
// one turn to write back the rest, so that the next append starts the WAL from its beginning.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "store/detail/sqlite_db.h"

namespace wakeful::store::detail {

/// A mutex that is given in the order it is asked for: a thread that takes it again and again
/// cannot keep another from it.
class Turn {
 public:
  std::unique_lock<std::mutex> take() {
    const std::lock_guard queue(next_);
    return std::unique_lock(mutex_);
  }

 private:
  std::mutex next_;
  std::mutex mutex_;
};

class Checkpointer {
 public:
  Checkpointer(std::filesystem::path path, Turn& turn);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Pages in the WAL after a commit. thread: any
  void note_wal_pages(int pages);

 private:
  void run();
  /// shape  false: a reader that takes its time keeps the WAL from starting anew
  Result<bool> checkpoint();

  std::filesystem::path path_;
  Turn& turn_;
  std::unique_ptr<Database> database_;  // the thread's own
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;    // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace wakeful::store::detail
