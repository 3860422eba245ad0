#include "store/detail/stage_folder.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <unistd.h>
#include <vector>

#include <sys/file.h>
#include <system_error>

#include "base/descriptor.h"

namespace wakeful::store::detail {
namespace {

namespace fs = std::filesystem;

Error folder_problem(const fs::path& folder, int number) {
  Errc code = Errc::io;
  if (number == EACCES || number == EPERM || number == EROFS) code = Errc::denied;
  if (number == ENOSPC || number == EDQUOT) code = Errc::unavailable;
  if (number == ENOENT) code = Errc::not_found;
  return {code,
          folder.string() + ": cannot make a temporary folder in it: " + std::strerror(number)};
}

}  // namespace

Result<StageFolder> StageFolder::make(const fs::path& parent, const std::string& prefix) {
  std::string path = (parent / (prefix + "XXXXXX")).string();
  if (::mkdtemp(path.data()) == nullptr) return fail(folder_problem(parent, errno));
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  StageFolder folder(path, descriptor);
  if (descriptor < 0 || ::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return fail(folder_problem(parent, errno));
  }
  return folder;
}

StageFolder::~StageFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
  if (descriptor_ >= 0) ::close(descriptor_);
}

void StageFolder::remove_abandoned(const fs::path& parent, const std::string& prefix) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with(prefix)) found.push_back(entry->path());
  }
  for (const auto& path : found) {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (folder.get() < 0 || ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) continue;
    fs::remove_all(path, error);
  }
}

std::uint64_t free_bytes(const fs::path& folder) {
  std::error_code error;
  const auto space = fs::space(folder, error);
  return error ? std::numeric_limits<std::uint64_t>::max() : space.available;
}

Result<void> sync_to_disk(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() >= 0 && ::fsync(file.get()) == 0) return {};
  return fail(Errc::io, path.string() + ": cannot write it to disk: " + std::strerror(errno));
}

}  // namespace wakeful::store::detail
