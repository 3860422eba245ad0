// store/detail/read_pool.h: a few read-only connections to one database, made when they are needed
// and then kept. Used by every read; WAL lets them and the writer pass each other. thread: any
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "store/detail/sqlite_db.h"

namespace wakeful::store::detail {

class ReadPool {
 public:
  explicit ReadPool(std::filesystem::path path) : path_(std::move(path)) {}

  /// A connection for the time of one read.
  class Lease {
   public:
    Lease(ReadPool& pool, std::unique_ptr<Database> database)
        : pool_(pool), database_(std::move(database)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Database& operator*() { return *database_; }

   private:
    ReadPool& pool_;
    std::unique_ptr<Database> database_;
  };

  /// blocks  while all connections are in use, at most 10 s
  /// errors  unavailable: they still are; io
  Result<Lease> take();

 private:
  void give_back(std::unique_ptr<Database> database);

  std::filesystem::path path_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Database>> idle_;  // guarded by mutex_
  int made_ = 0;                                 // guarded by mutex_
};

}  // namespace wakeful::store::detail
