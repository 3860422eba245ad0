// `wakeful export`: samples as text for other programs. Works while the server runs.
#include <ostream>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/export_output.h"
#include "cli/export_rows.h"
#include "cli/moment.h"
#include "cli/store_access.h"

namespace wakeful::cli {
namespace {

Result<model::Metric> find_metric(const std::string& name) {
  if (const auto metric = model::find_metric(name)) return *metric;
  std::vector<std::string_view> names;
  for (const auto& info : model::metric_catalogue()) names.push_back(info.name);
  const auto meant = nearest(name, names);
  std::string known;
  for (const auto other : names) known += (known.empty() ? "" : ", ") + std::string(other);
  return fail(
      Errc::invalid,
      "--metric: there is no metric \"" + shorten(name, 100) + "\"" +
          (meant.empty() ? "; known: " + known : "; did you mean \"" + std::string(meant) + "\"?"));
}

class Export final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_option("--format", format_, "csv (a line per value) or jsonl (a line per entity)")
        ->check(CLI::IsMember({"csv", "jsonl"}))
        ->type_name("FORMAT")
        ->required();
    // One name each: with more, a positional behind it would be taken for another name.
    app.add_option("--server", selection_.servers, "Only this server; may stand several times")
        ->type_name("NAME")
        ->expected(1)
        ->take_all();
    app.add_option("--metric", metrics_, "Only this metric; may stand several times")
        ->type_name("NAME")
        ->expected(1)
        ->take_all();
    app.add_option("--since", since_, "Not older: 2026-11-01, 2026-11-01T10:30:00Z or 7d")
        ->type_name("TIME");
    app.add_option("--until", until_, "Only older than this")->type_name("TIME");
    app.add_option("--output", output_, "Where to; - (standard output) if not given")
        ->type_name("FILE");
    app.footer(
        "Prints the raw samples as they were measured, times in UTC: server by server, day by "
        "day,\n"
        "and in a day entity by entity (host, container:NAME, core:NUMBER). A value that was not\n"
        "measured has no line.\n\n"
        "Examples:\n"
        "  wakeful export --format csv --since 7d --output week.csv\n"
        "  wakeful export --format csv --server gpu3 --metric host_cpu_ratio --since 2026-11-01 "
        "\\\n"
        "    --until 2026-11-08\n"
        "  wakeful export --format jsonl --since 1h | jq 'select(.entity == \"host\")'");
  }

  Result<void> run(const Context& context) override {
    const auto found = find_store(context);
    if (!found) return fail(found.error());
    auto read = read_options();
    if (!read) return read;
    auto opened = store::open_store_for_reading(found->options);
    if (!opened) return fail(with_remedy(opened.error()));
    auto output = ExportOutput::open(output_, context.out);
    if (!output) return fail(std::move(output).error());
    ProgressLine line(context.err, Amount::lines);
    const ExportSink sink{
        [&](std::string_view text) { return (*output)->write(text); },
        [&](std::uint64_t done, std::uint64_t total, std::uint64_t lines, std::string_view name) {
          line.show({done, total, lines, name});
        }};
    const auto lines = export_samples(*opened, selection_, sink);
    line.clear();
    if (!lines) return fail(lines.error());
    return (*output)->finish();
  }

 private:
  Result<void> read_options() {
    selection_.format = format_ == "csv" ? ExportFormat::csv : ExportFormat::jsonl;
    const auto now = SystemClock().wall_now();
    for (auto [text, flag, moment] : {Point{&since_, "--since", &selection_.since},
                                      Point{&until_, "--until", &selection_.until}}) {
      if (text->empty()) continue;
      const auto parsed = parse_moment(*text, now);
      if (!parsed) return fail(Error(parsed.error()).with_context(flag));
      *moment = *parsed;
    }
    if (selection_.since && selection_.until && *selection_.since >= *selection_.until) {
      return fail(Errc::invalid, "--until: expected a time after --since (" +
                                     format_utc(*selection_.since) + "), got " +
                                     format_utc(*selection_.until));
    }
    for (const auto& name : metrics_) {
      const auto metric = find_metric(name);
      if (!metric) return fail(metric.error());
      selection_.metrics.push_back(*metric);
    }
    return {};
  }

  struct Point {
    const std::string* text;
    std::string_view flag;
    std::optional<WallTime>* moment;
  };

  ExportSelection selection_;
  std::string format_;
  std::vector<std::string> metrics_;
  std::string since_;
  std::string until_;
  std::string output_;
};

}  // namespace

std::unique_ptr<Command> make_export_command() { return std::make_unique<Export>(); }

}  // namespace wakeful::cli
