// collect/uptime.cc: how long the host has been up.
//
// Source: /proc/uptime. Cost: one read. Privileges: none.
#include "base/strings.h"
#include "collect/collector.h"
#include "collect/detail/file_reader.h"
#include "collect/detail/values.h"
#include "collect/loadavg.h"

namespace wakeful::collect {

Result<double> parse_uptime(std::string_view text) {
  const auto word = next_word(text);
  const auto seconds = parse_double(word);
  if (!seconds || *seconds < 0) {
    return fail(detail::unexpected("uptime", "a number of seconds from 0", word));
  }
  return *seconds;
}

namespace {

class UptimeCollector final : public Collector {
 public:
  explicit UptimeCollector(const Context& context)
      : path_((context.proc_root / "uptime").string()) {}

  Result<void> collect(model::Report& report) override {
    const auto text = reader_.read(path_);
    if (!text) return fail(text.error());
    auto seconds = parse_uptime(*text);
    if (!seconds) return fail(std::move(seconds.error()).with_context(path_));
    detail::add_value(report.metrics, model::Metric::host_uptime_seconds, *seconds);
    return {};
  }

 private:
  std::string path_;
  detail::FileReader reader_;
};

}  // namespace

Result<std::unique_ptr<Collector>> make_uptime(const Context& context) {
  return std::make_unique<UptimeCollector>(context);
}

}  // namespace wakeful::collect
