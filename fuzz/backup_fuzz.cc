// A backup file, as damage or malice may make it. The bytes are the tar itself: libarchive takes one
// without compression too, and with it hardly any change would come through.
#include <string>
#include <unistd.h>

#include <sys/mman.h>

#include "fuzz/fuzz.h"
#include "store/detail/backup_reader.h"
#include "store/detail/data_files.h"

namespace wakeful {
namespace {

/// Holds the reader to its promises: known names, and no more bytes than were announced.
class Sink final : public store::detail::BackupSink {
 public:
  Result<void> begin(const store::detail::DataFile& file, std::uint64_t size) override {
    WAKEFUL_CHECK(store::detail::data_file_of(file.name).has_value());
    WAKEFUL_CHECK(file.name.find("..") == std::string::npos && file.name.front() != '/');
    left_ = size;
    return {};
  }
  Result<void> write(std::string_view bytes) override {
    WAKEFUL_CHECK(bytes.size() <= left_);
    left_ -= bytes.size();
    return {};
  }
  Result<void> end() override {
    WAKEFUL_CHECK(left_ == 0);
    return {};
  }

 private:
  std::uint64_t left_ = 0;
};

/// A file without a disk. It lives as long as the program.
int memory_file() {
  static const int file = ::memfd_create("backup", 0);
  WAKEFUL_CHECK(file >= 0);
  return file;
}

}  // namespace
}  // namespace wakeful

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakeful;
  const auto text = text_of(data, size);
  WAKEFUL_CHECK(::ftruncate(memory_file(), 0) == 0);
  WAKEFUL_CHECK(::pwrite(memory_file(), data, size, 0) == static_cast<ssize_t>(size));
  const auto path = "/proc/self/fd/" + std::to_string(memory_file());
  Sink sink;
  const auto files = store::detail::read_backup(path, sink, [](auto...) {});
  if (!files) check_message(files.error().message);
  if (const auto head = store::detail::check_backup_head(text); !head) {
    check_message(head.error().message);
  }
  if (const auto sums = store::detail::parse_backup_sums(text); !sums) {
    check_message(sums.error().message);
  }
  return 0;
}
