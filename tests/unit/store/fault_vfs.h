// tests/unit/store/fault_vfs.h: a disk that fails when a test says so. While a FaultyDisk lives,
// every SQLite file of this process is opened through it.
//
// Source: https://www.sqlite.org/vfs.html (shims).
#pragma once

#include <atomic>
#include <cstring>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "base/check.h"

namespace wakeful::test {

enum class Fault { full, write_error, short_write, sync_error };

inline std::string_view fault_name(Fault fault) {
  switch (fault) {
    case Fault::full:
      return "full disk";
    case Fault::write_error:
      return "write error";
    case Fault::short_write:
      return "short write";
    case Fault::sync_error:
      return "sync error";
  }
  return "";
}

class FaultyDisk {
 public:
  FaultyDisk() {
    real() = sqlite3_vfs_find(nullptr);
    vfs_ = *real();
    vfs_.zName = "wakeful-faulty-disk";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real()->szOsFile;
    vfs_.xOpen = &open;
    WAKEFUL_CHECK(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK);
  }
  ~FaultyDisk() {
    heal();
    sqlite3_vfs_register(real(), 1);
    sqlite3_vfs_unregister(&vfs_);
  }
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// From the n-th write or sync on (0: the next) all of them fail, until heal().
  void fail_from(Fault fault, int n) {
    fault_ = fault;
    left_ = n;
    armed_ = true;
  }
  void heal() { armed_ = false; }

 private:
  struct File {
    sqlite3_file base;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }
  static sqlite3_vfs*& real() {
    static sqlite3_vfs* vfs = nullptr;
    return vfs;
  }

  static bool fails(bool sync) {
    if (!armed_ || (fault_ == Fault::sync_error) != sync) return false;
    return left_-- <= 0;
  }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    const int code = real()->xOpen(real(), name, real_of(file), flags, out);
    file->pMethods = code == SQLITE_OK ? methods() : nullptr;
    return code;
  }

  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
    auto* real = real_of(file);
    if (!fails(false)) return real->pMethods->xWrite(real, data, size, at);
    if (fault_ == Fault::full) return SQLITE_FULL;
    if (fault_ == Fault::short_write) real->pMethods->xWrite(real, data, size / 2, at);
    return SQLITE_IOERR_WRITE;
  }

  static int sync(sqlite3_file* file, int flags) {
    auto* real = real_of(file);
    if (fails(true)) return SQLITE_IOERR_FSYNC;
    return real->pMethods->xSync(real, flags);
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods kMethods = [] {
      sqlite3_io_methods made{};
      made.iVersion = 2;
      made.xClose = [](sqlite3_file* f) { return real_of(f)->pMethods->xClose(real_of(f)); };
      made.xRead = [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
        return real_of(f)->pMethods->xRead(real_of(f), to, size, at);
      };
      made.xWrite = &write;
      made.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
        return real_of(f)->pMethods->xTruncate(real_of(f), size);
      };
      made.xSync = &sync;
      made.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
        return real_of(f)->pMethods->xFileSize(real_of(f), size);
      };
      made.xLock = [](sqlite3_file* f, int lock) {
        return real_of(f)->pMethods->xLock(real_of(f), lock);
      };
      made.xUnlock = [](sqlite3_file* f, int lock) {
        return real_of(f)->pMethods->xUnlock(real_of(f), lock);
      };
      made.xCheckReservedLock = [](sqlite3_file* f, int* out) {
        return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
      };
      made.xFileControl = [](sqlite3_file* f, int what, void* argument) {
        return real_of(f)->pMethods->xFileControl(real_of(f), what, argument);
      };
      made.xSectorSize = [](sqlite3_file* f) {
        return real_of(f)->pMethods->xSectorSize(real_of(f));
      };
      made.xDeviceCharacteristics = [](sqlite3_file* f) {
        return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
      };
      made.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
        return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
      };
      made.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
        return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
      };
      made.xShmBarrier = [](sqlite3_file* f) { real_of(f)->pMethods->xShmBarrier(real_of(f)); };
      made.xShmUnmap = [](sqlite3_file* f, int remove) {
        return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
      };
      return made;
    }();
    return &kMethods;
  }

  static inline std::atomic<bool> armed_{false};
  static inline std::atomic<int> left_{0};
  static inline std::atomic<Fault> fault_{Fault::full};
  sqlite3_vfs vfs_{};
};

}  // namespace wakeful::test
