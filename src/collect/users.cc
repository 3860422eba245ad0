// collect/users.cc: who is logged in.
//
// Source: /run/utmp (records whose process lives), and where that names nobody or is gone, the
// session files of systemd-logind in /run/systemd/sessions. Newer distributions have no utmp.
// Cost: one read, or one per session. Privileges: none.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <memory>
#include <tuple>
#include <unistd.h>

#include "collect/collector.h"
#include "collect/detail/file_reader.h"
#include "collect/detail/values.h"
#include "collect/utmp.h"

namespace wakeful::collect {
namespace {

constexpr std::size_t kMaxSessions = 10'000;

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, DirectoryCloser>;

class UsersCollector final : public Collector {
 public:
  explicit UsersCollector(const Context& context)
      : proc_((context.proc_root / "").string()),
        utmp_paths_{(context.file_root / "run/utmp").string(),
                    (context.file_root / "var/run/utmp").string()},
        sessions_path_((context.file_root / "run/systemd/sessions").string()) {}

  Result<void> collect(model::Report& report) override {
    auto users = read_utmp();
    if (!users || users->empty()) {
      auto from_logind = read_logind();
      if (from_logind || (!users && users.error().code == Errc::not_found)) {
        users = std::move(from_logind);
      }
    }
    if (!users && users.error().code == Errc::not_found) {
      return fail(Errc::unsupported,
                  "logged-in users are not known: this machine has neither " + utmp_paths_[0] +
                      " nor " + sessions_path_ +
                      ". systemd-logind or a login program that writes utmp would provide them");
    }
    if (!users) return fail(users.error());
    detail::add_value(report.metrics, model::Metric::host_users,
                      static_cast<double>(users->size()));
    report.users = std::move(*users);
    return {};
  }

 private:
  using Users = std::vector<model::UserSession>;

  Result<Users> read_utmp() {
    Result<std::string_view> bytes = reader_.read(utmp_paths_[0]);
    const bool absent = !bytes && bytes.error().code == Errc::not_found;
    const std::string& path = absent ? utmp_paths_[1] : utmp_paths_[0];
    if (absent) bytes = reader_.read(path);
    if (!bytes) return fail(bytes.error());
    auto records = parse_utmp(*bytes);
    if (!records) return fail(std::move(records.error()).with_context(path));
    const bool can_tell = is_living(1);  // else /proc hides other users' processes (hidepid)
    Users users;
    for (auto& record : *records) {
      if (can_tell && !is_living(record.pid)) continue;
      if (users.size() < kMaxSessions) users.push_back(std::move(record.session));
    }
    return users;
  }

  bool is_living(std::int32_t pid) const {
    return pid > 0 && ::access((proc_ + std::to_string(pid)).c_str(), F_OK) == 0;
  }

  Result<Users> read_logind() {
    const Directory directory(::opendir(sessions_path_.c_str()));
    if (!directory) {
      const int number = errno;
      return fail(detail::file_errc(number), sessions_path_ + ": " + std::strerror(number));
    }
    Users users;
    while (const dirent* entry = ::readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name.starts_with('.') || name.ends_with(".ref")) continue;
      const auto text = reader_.read(sessions_path_ + '/' + std::string(name));
      if (!text) continue;  // logged out since
      auto session = parse_logind_session(*text);
      if (!session || !*session) continue;  // half written, or nobody's login
      if (users.size() < kMaxSessions) users.push_back(std::move(**session));
    }
    std::ranges::sort(users, {}, [](const model::UserSession& user) {
      return std::tuple(user.since, user.name, user.terminal);
    });
    return users;
  }

  std::string proc_;
  std::string utmp_paths_[2];
  std::string sessions_path_;
  detail::FileReader reader_{std::size_t{16} << 20};
};

}  // namespace

Result<std::unique_ptr<Collector>> make_users(const Context& context) {
  return std::make_unique<UsersCollector>(context);
}

}  // namespace wakeful::collect
