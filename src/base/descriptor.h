// base/descriptor.h: an open file that closes itself.
#pragma once

#include <unistd.h>

namespace wakeful {

class Descriptor {
 public:
  /// Takes what open() gave: below 0 is kept, and closed by nobody.
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace wakeful
