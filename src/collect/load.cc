// collect/load.cc: load averages.
//
// Source: /proc/loadavg. Cost: one read. Privileges: none.
#include "base/strings.h"
#include "collect/collector.h"
#include "collect/detail/file_reader.h"
#include "collect/detail/values.h"
#include "collect/loadavg.h"

namespace wakeful::collect {

Result<LoadAverage> parse_loadavg(std::string_view text) {
  LoadAverage load;
  for (double* target : {&load.load1, &load.load5, &load.load15}) {
    const auto word = next_word(text);
    const auto value = parse_double(word);
    if (!value || *value < 0) {
      return fail(detail::unexpected("load average", "three numbers from 0", word));
    }
    *target = *value;
  }
  return load;
}

namespace {

class LoadCollector final : public Collector {
 public:
  explicit LoadCollector(const Context& context)
      : path_((context.proc_root / "loadavg").string()) {}

  Result<void> collect(model::Report& report) override {
    const auto text = reader_.read(path_);
    if (!text) return fail(text.error());
    auto load = parse_loadavg(*text);
    if (!load) return fail(std::move(load.error()).with_context(path_));
    detail::add_value(report.metrics, model::Metric::host_load1, load->load1);
    detail::add_value(report.metrics, model::Metric::host_load5, load->load5);
    detail::add_value(report.metrics, model::Metric::host_load15, load->load15);
    return {};
  }

 private:
  std::string path_;
  detail::FileReader reader_;
};

}  // namespace

Result<std::unique_ptr<Collector>> make_load(const Context& context) {
  return std::make_unique<LoadCollector>(context);
}

}  // namespace wakeful::collect
