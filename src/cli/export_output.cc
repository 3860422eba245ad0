#include "cli/export_output.h"

#include <cerrno>
#include <cstring>
#include <ostream>
#include <utility>

#include <system_error>

namespace wakeful::cli {

Result<std::unique_ptr<ExportOutput>> ExportOutput::open(const std::string& target,
                                                         std::ostream& out) {
  const bool to_stream = target.empty() || target == "-";
  std::unique_ptr<ExportOutput> output(
      new ExportOutput(out, to_stream ? std::filesystem::path() : std::filesystem::path(target)));
  if (to_stream) return output;
  errno = 0;
  output->part_.open(output->part(), std::ios::binary | std::ios::trunc);
  if (!output->part_) {
    output->finished_ = true;  // nothing was made
    return fail(output->problem(errno));
  }
  return output;
}

ExportOutput::~ExportOutput() {
  if (file_.empty() || finished_) return;
  part_.close();
  std::error_code ignored;
  std::filesystem::remove(part(), ignored);
}

Error ExportOutput::problem(int number) const {
  Errc code = Errc::io;
  if (number == ENOENT) code = Errc::not_found;
  if (number == EACCES || number == EPERM || number == EROFS) code = Errc::denied;
  if (number == ENOSPC || number == EDQUOT) code = Errc::unavailable;
  const auto name = file_.empty() ? std::string("standard output") : part().string();
  return {code,
          name + ": cannot write: " + (number != 0 ? std::strerror(number) : "no reason given")};
}

Result<bool> ExportOutput::write(std::string_view text) {
  std::ostream& stream = file_.empty() ? out_ : part_;
  errno = 0;
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  // At once: only then is it known whether anybody reads.
  stream.flush();
  if (stream) return true;
  if (file_.empty() && errno == EPIPE) return false;
  return fail(problem(errno));
}

Result<void> ExportOutput::finish() {
  if (file_.empty()) return {};
  errno = 0;
  part_.close();
  if (!part_) return fail(problem(errno));
  std::error_code error;
  std::filesystem::rename(part(), file_, error);
  if (error) return fail(problem(error.value()));
  finished_ = true;
  return {};
}

}  // namespace wakeful::cli
