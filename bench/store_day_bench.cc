// The store beside its baselines, one run: the same day-part of the same fleet into Wakeful's embedded
// store, VictoriaMetrics and SQLite rows; then the questions that a page asks. docs/benchmarks.md.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "day.h"

namespace wakeful::bench {
namespace {

struct Row {
  const char* name;
  int digits;
  bool more_is_better;
  const char* target;
};
constexpr Row kRows[] = {
    {kAppend100, 0, true, "3 x VictoriaMetrics, 10 x rows"},
    {kAppend1000, 0, true, ""},
    {kAppendDurable, 0, true, ""},
    {kBytesOpen, 3, false, "0.8"},
    {kBytesClosed, 3, false, "0.45, below VictoriaMetrics"},
    {kDayWarm, 3, false, "0.5"},
    {kDayCold, 3, false, ""},
    {kYearRaw, 2, false, "30"},
    {kYearRollup, 3, false, "1"},
    {kNewest, 3, false, "1 (for 1,000)"},
    {kPeak, 0, false, ""},
};

struct Contender {
  const char* name;
  Figures figures;
};

std::string number(double value, int digits) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  std::string out = text;
  if (digits == 0) {
    for (int at = static_cast<int>(out.size()) - 3; at > 0; at -= 3) {
      out.insert(static_cast<std::size_t>(at), ",");
    }
  }
  return out;
}

std::string cell(const Figures& figures, const Row& row) {
  const auto found = figures.values.find(row.name);
  if (found != figures.values.end()) return number(found->second, row.digits);
  return figures.notes.contains(row.name) ? "no answer" : "-";
}

/// How many times better ours is.
std::string ratio(const Figures& ours, const Figures& theirs, const Row& row) {
  const auto mine = ours.values.find(row.name);
  const auto other = theirs.values.find(row.name);
  if (mine == ours.values.end() || other == theirs.values.end()) return "-";
  const double times =
      row.more_is_better ? mine->second / other->second : other->second / mine->second;
  return std::isfinite(times) ? number(times, times < 10 ? 2 : 1) + " x" : "-";
}

void print_table(const std::vector<Contender>& all) {
  std::printf("\n%-36s", "");
  for (const Contender& one : all) std::printf("%16s", one.name);
  for (std::size_t i = 1; i < all.size(); ++i)
    std::printf("%20s", (std::string("to ") + all[i].name).c_str());
  std::printf("  to reach\n");
  for (const Row& row : kRows) {
    std::printf("%-36s", row.name);
    for (const Contender& one : all) std::printf("%16s", cell(one.figures, row).c_str());
    for (std::size_t i = 1; i < all.size(); ++i) {
      std::printf("%20s", ratio(all[0].figures, all[i].figures, row).c_str());
    }
    std::printf("  %s\n", row.target);
  }
  for (const Contender& one : all) {
    for (const auto& [name, why] : one.figures.notes) {
      std::printf("%s: %s: no answer: %s\n", one.name, name.c_str(), why.c_str());
    }
  }
}

/// Four days ago, 00:00 UTC: baselines refuse what is old or in the future.
WallTime first_midnight() {
  const auto now = std::chrono::floor<std::chrono::days>(SystemClock().wall_now());
  return now - std::chrono::days(4);
}

void run(int argc, char** argv) {
  const Arguments arguments(argc, argv,
                            {{"servers", "1000"},
                             {"hours", "3"},
                             {"runs", "3"},
                             {"year-days", "365"},
                             {"only", "wakeful,year,victoria,sqlite"}});
  DayOptions options;
  options.servers = static_cast<int>(std::max(arguments.number("servers"), 1L));
  options.ticks = static_cast<int>(std::max(arguments.real("hours") * 360, 1.0));
  options.runs = static_cast<int>(std::max(arguments.number("runs"), 1L));
  options.year_days = static_cast<int>(std::max(arguments.number("year-days"), 1L));
  options.start = first_midnight();
  const auto wanted = [&](const char* name) {
    return arguments.text("only").find(name) != std::string::npos;
  };
  const auto say = [](const char* what) {
    std::printf("measuring %s\n", what);
    std::fflush(stdout);
  };

  std::printf("%d servers x %d series, every 10 s, %.2f h: %.1f million samples\n", options.servers,
              series_of_report(options.containers), options.ticks / 360.0, options.samples() / 1e6);
  std::vector<Contender> all;
  all.push_back({"Wakeful", {}});
  if (wanted("wakeful")) {
    say("Wakeful");
    all[0].figures.add(measure_wakeful(options));
  }
  if (wanted("year")) {
    say("Wakeful, a year of one server");
    all[0].figures.add(measure_wakeful_year(options));
  }
  if (wanted("victoria")) {
    say("VictoriaMetrics");
    all.push_back({"VictoriaMetrics", measure_victoria(options, false)});
    say("VictoriaMetrics with memory in steps of 64 KiB");
    all.push_back({"V. in 64 KiB", measure_victoria(options, true)});
  }
  if (wanted("sqlite")) {
    say("SQLite rows");
    all.push_back({"SQLite rows", measure_sqlite_rows(options)});
  }
  print_table(all);
}

}  // namespace
}  // namespace wakeful::bench

int main(int argc, char** argv) {
  return wakeful::bench::guarded_main([&] { wakeful::bench::run(argc, argv); });
}
