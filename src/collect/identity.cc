// collect/identity.cc: what machine this is: boot id, host name, kernel, system, architecture,
// CPUs.
//
// Source: /proc/sys/kernel/{random/boot_id,hostname,osrelease,arch}, /etc/os-release or
// /usr/lib/os-release, /sys/devices/system/cpu/online. Cost: seven reads, once a minute.
// Privileges: none.
#include <chrono>
#include <optional>

#include <sys/utsname.h>

#include "base/check.h"
#include "base/strings.h"
#include "collect/collector.h"
#include "collect/detail/file_reader.h"
#include "collect/detail/online_cpus.h"
#include "collect/detail/values.h"
#include "collect/os_release.h"

namespace wakeful::collect {
namespace {

/// The value of an assignment without its quotes and backslashes.
std::string unquote(std::string_view value) {
  value = trim(value);
  char quote = 0;
  if (!value.empty() && (value.front() == '"' || value.front() == '\'')) {
    quote = value.front();
    value.remove_prefix(1);
  }
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (quote != 0 && value[i] == quote) break;
    if (quote != '\'' && value[i] == '\\' && i + 1 < value.size()) ++i;
    out += value[i];
  }
  return out;
}

}  // namespace

std::string parse_os_release(std::string_view text) {
  std::string pretty;
  std::string name;
  std::string version;
  while (const auto line = next_line(text)) {
    const auto equals = line->find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = trim(line->substr(0, equals));
    const auto value = line->substr(equals + 1);
    if (key == "PRETTY_NAME") pretty = unquote(value);
    if (key == "NAME") name = unquote(value);
    if (key == "VERSION") version = unquote(value);
  }
  if (pretty.empty()) {
    pretty = name;
    if (!name.empty() && !version.empty()) pretty += ' ' + version;
  }
  return detail::clean_text(pretty, detail::kMaxTextBytes);
}

std::string parse_boot_id(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  text = trim(text);
  if (text.size() != kShape.size()) return {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f') ||
                     (text[i] >= 'A' && text[i] <= 'F');
    if (kShape[i] == '-' ? text[i] != '-' : !hex) return {};
  }
  return std::string(text);
}

namespace {

constexpr auto kRefresh = std::chrono::minutes(1);

class IdentityCollector final : public Collector {
 public:
  explicit IdentityCollector(const Context& context)
      : context_(context), own_machine_(context.proc_root == "/proc") {}

  Result<void> collect(model::Report& report) override {
    const auto now = context_.clock->mono_now();
    if (!read_at_ || now - *read_at_ >= kRefresh) {
      read_facts();
      read_at_ = now;
    }
    if (report.boot_id.empty()) report.boot_id = boot_id_;
    const std::string agent_version = std::move(report.facts.agent_version);
    report.facts = facts_;
    report.facts.agent_version = agent_version;
    if (boot_id_.empty()) {
      return fail(Errc::parse, path(context_.proc_root, "sys/kernel/random/boot_id") +
                                   ": expected a boot id such as "
                                   "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10, got none");
    }
    return {};
  }

 private:
  static std::string path(const std::filesystem::path& root, std::string_view name) {
    return (root / name).string();
  }

  /// The file's text as one line, or empty.
  std::string read_text(const std::filesystem::path& root, std::string_view name) {
    const auto text = reader_.read(path(root, name));
    if (!text) return {};
    return detail::clean_text(trim(*text), detail::kMaxTextBytes);
  }

  void read_facts() {
    const auto& proc = context_.proc_root;
    if (const auto text = reader_.read(path(proc, "sys/kernel/random/boot_id"))) {
      boot_id_ = parse_boot_id(*text);
    }
    facts_.hostname = read_text(proc, "sys/kernel/hostname");
    facts_.kernel = read_text(proc, "sys/kernel/osrelease");
    facts_.os = read_os();
    facts_.architecture = read_architecture();
    facts_.cpu_count = detail::count_online_cpus(context_, reader_);
  }

  std::string read_os() {
    for (const char* name : {"etc/os-release", "usr/lib/os-release"}) {
      const auto text = reader_.read(path(context_.file_root, name));
      if (!text) continue;
      auto os = parse_os_release(*text);
      if (!os.empty()) return os;
    }
    return {};
  }

  /// The kernel says it since Linux 6.1; before, only uname(2) does, for the running kernel alone.
  std::string read_architecture() {
    auto architecture = read_text(context_.proc_root, "sys/kernel/arch");
    utsname names{};
    if (architecture.empty() && own_machine_ && ::uname(&names) == 0) {
      const char* const machine = names.machine;
      architecture = machine;
    }
    return architecture;
  }

  Context context_;
  bool own_machine_;
  detail::FileReader reader_{std::size_t{8} << 20};
  std::optional<MonoTime> read_at_;
  std::string boot_id_;
  model::HostFacts facts_;
};

}  // namespace

Result<std::unique_ptr<Collector>> make_identity(const Context& context) {
  WAKEFUL_CHECK(context.clock != nullptr);
  return std::make_unique<IdentityCollector>(context);
}

}  // namespace wakeful::collect
