#include "store/detail/series_reader.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>

#include "store/detail/rollup.h"
#include "store/quantum.h"

namespace wakeful::store::detail {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::int64_t round_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// The grid of an answer, and which tier answers for which time.
struct Plan {
  std::int64_t start_ms = 0;
  std::int64_t before_ms = 0;
  std::int64_t step_ms = 0;
  Tier tier = Tier::raw;

  std::size_t size() const {
    return static_cast<std::size_t>(round_up(before_ms - start_ms, step_ms) / step_ms);
  }
  std::size_t place(std::int64_t time_ms) const {
    return static_cast<std::size_t>((time_ms - start_ms) / step_ms);
  }
};

Plan make_plan(WallTime from, WallTime before, Milliseconds step, const TierBegins& begins) {
  Plan plan;
  const auto from_ms = std::clamp(to_unix_ms(from), kFirstTimeMs, kEndTimeMs - 1);
  plan.before_ms = std::clamp(to_unix_ms(before), from_ms + 1, kEndTimeMs);
  plan.step_ms = step.count();
  const bool raw_is_gone = from_ms < begins.raw_ms;
  if (plan.step_ms >= kHourMs || (raw_is_gone && from_ms < begins.minutes_ms)) {
    plan.tier = Tier::hours;
    plan.step_ms = round_up(plan.step_ms, kHourMs);
  } else if (raw_is_gone) {
    plan.tier = Tier::minutes;
    plan.step_ms = round_up(plan.step_ms, kMinuteMs);
  }
  plan.start_ms = from_ms - from_ms % plan.step_ms;
  return plan;
}

/// What a visitor of any tier does with it, for one server and kind.
struct Sink {
  std::function<void(const Segment&)> raw;
  std::function<void(const Segment&)> rolled_up;
  Tier* coarsest_used = nullptr;
};

/// Read a stretch from all tiers that the plan needs.
Result<void> read_tiers(RawReader& reader, const PackSet& packs, const Plan& plan,
                        const TierBegins& begins, RawQuery query, const Sink& sink) {
  const bool hours = plan.step_ms >= kHourMs;
  query.from_ms = plan.start_ms;
  query.before_ms = plan.before_ms;
  // Which days are rolled up is asked once: one that is closed meanwhile would count twice.
  std::vector<Period> rolled_up;
  auto done = reader.visit(query, sink.raw, [&](Pack& pack) {
    if (pack.period.first_ms < begins.raw_ms) return false;
    if (!hours || !pack.is_rolled_up()) return true;
    rolled_up.push_back(pack.period);
    return false;
  });
  if (!done || plan.tier == Tier::raw) return done;
  RawQuery stats = query;
  stats.columns.clear();
  for (const auto& [entity, metric] : query.columns) {
    for (const auto stat : {Stat::count, Stat::minimum, Stat::maximum, Stat::sum})
      stats.columns.push_back({entity, stat_metric(metric, stat)});
  }
  const auto read = [&](Tier tier, std::int64_t from_ms, std::int64_t before_ms) -> Result<void> {
    stats.from_ms = std::max(plan.start_ms, from_ms);
    stats.before_ms = std::min(plan.before_ms, before_ms);
    if (stats.from_ms >= stats.before_ms) return {};
    for (const auto& pack : packs.find(tier, stats.from_ms, stats.before_ms)) {
      auto segments = reader.read_pack(*pack, stats);
      if (!segments) return fail(std::move(segments).error());
      if (!segments->empty() && sink.coarsest_used != nullptr)
        *sink.coarsest_used = std::max(*sink.coarsest_used, tier);
      for (const auto& segment : in_order(std::move(*segments))) sink.rolled_up(segment);
    }
    return {};
  };
  if (!hours) return read(Tier::minutes, begins.minutes_ms, begins.raw_ms);
  // Days next to each other at once: their hours lie in the same blocks.
  std::int64_t first_ms = kFirstTimeMs;
  std::int64_t end_ms = begins.raw_ms;
  for (const auto& day : rolled_up) {
    if (!done) return done;
    if (day.first_ms != end_ms) {
      done = read(Tier::hours, first_ms, end_ms);
      first_ms = day.first_ms;
    }
    end_ms = day.end_ms;
  }
  return done ? read(Tier::hours, first_ms, end_ms) : done;
}

/// One line's sums.
struct Line {
  model::Metric metric{};
  std::uint64_t entity = 0;
  std::vector<Summary> steps;
};

void add_raw(const Segment& segment, const Plan& plan, Line& line) {
  const auto key = static_cast<std::uint16_t>(line.metric);
  for (const auto& column : segment.columns) {
    if (column.entity != line.entity || column.metric != key) continue;
    const auto* times = segment.times_ms.data();
    const auto* values = column.values.data();
    const auto count = segment.times_ms.size();
    for (std::size_t i = 0; i < count;) {
      // A step at a time: no division per sample.
      const auto place = plan.place(times[i]);
      const auto end_ms = plan.start_ms + static_cast<std::int64_t>(place + 1) * plan.step_ms;
      Summary sum = line.steps[place];
      for (; i < count && times[i] < end_ms; ++i) {
        if (values[i] != kMissing) sum.add(values[i]);
      }
      line.steps[place] = sum;
    }
  }
}

const BlockColumn* find_column(const Segment& segment, std::uint64_t entity, std::uint16_t metric) {
  for (const auto& column : segment.columns) {
    if (column.entity == entity && column.metric == metric) return &column;
  }
  return nullptr;
}

void add_rolled_up(const Segment& segment, const Plan& plan, Line& line) {
  const auto column = [&](Stat stat) {
    return find_column(segment, line.entity,
                       stat_metric(static_cast<std::uint16_t>(line.metric), stat));
  };
  const auto* count = column(Stat::count);
  const auto* minimum = column(Stat::minimum);
  const auto* maximum = column(Stat::maximum);
  const auto* sum = column(Stat::sum);
  if (count == nullptr || minimum == nullptr || maximum == nullptr || sum == nullptr) return;
  for (std::size_t i = 0; i < segment.times_ms.size(); ++i) {
    if (count->values[i] == kMissing) continue;
    line.steps[plan.place(segment.times_ms[i])].add(
        Summary{count->values[i], minimum->values[i], maximum->values[i], sum->values[i]});
  }
}

Points to_points(const Line& line) {
  Points points;
  const auto size = line.steps.size();
  points.count.resize(size);
  points.minimum.assign(size, kNone);
  points.average.assign(size, kNone);
  points.maximum.assign(size, kNone);
  for (std::size_t i = 0; i < size; ++i) {
    const auto& step = line.steps[i];
    if (step.count <= 0) continue;
    points.count[i] = static_cast<std::uint32_t>(step.count);
    points.minimum[i] = from_steps(line.metric, step.minimum);
    points.maximum[i] = from_steps(line.metric, step.maximum);
    points.average[i] = from_steps(line.metric, step.sum) / static_cast<double>(step.count);
  }
  return points;
}

}  // namespace

Result<void> check_range(WallTime from, WallTime before, Milliseconds step) {
  if (step.count() <= 0) return fail(Errc::invalid, "step: expected more than 0 ms");
  if (from >= before) return fail(Errc::invalid, "range: expected an end after its beginning");
  const auto length =
      static_cast<double>(to_unix_ms(before)) - static_cast<double>(to_unix_ms(from));
  if (length / static_cast<double>(step.count()) > static_cast<double>(kMaxPoints)) {
    return fail(Errc::invalid, "step: expected at most " + std::to_string(kMaxPoints) +
                                   " steps in the range; take a longer one");
  }
  return {};
}

Result<SeriesAnswer> SeriesReader::read(const SeriesQuery& query,
                                        const std::vector<std::optional<std::uint32_t>>& numbers,
                                        const TierBegins& begins) {
  const Plan plan = make_plan(query.from, query.before, query.step, begins);
  SeriesAnswer answer;
  std::vector<Line> lines(query.series.size());
  // Lines of one server and kind come from the same blocks.
  std::map<std::pair<model::ServerId, model::EntityKind>, std::vector<std::size_t>> together;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& key = query.series[i];
    lines[i] = {key.metric, numbers[i].value_or(0), std::vector<Summary>(plan.size())};
    if (numbers[i]) together[{key.server, model::metric_info(key.metric).entity}].push_back(i);
  }
  for (const auto& [whose, indexes] : together) {
    const auto& members = indexes;  // Clang 14 captures no structured bindings
    RawQuery raw;
    raw.server = whose.first;
    raw.kind = whose.second;
    for (const auto i : members)
      raw.columns.push_back({lines[i].entity, static_cast<std::uint16_t>(lines[i].metric)});
    const auto each = [&](auto add) {
      return [&lines, &plan, &members, add](const Segment& segment) {
        for (const auto i : members) add(segment, plan, lines[i]);
      };
    };
    auto done = read_tiers(raw_, packs_, plan, begins, raw,
                           {each(add_raw), each(add_rolled_up), &answer.tier});
    if (!done) return fail(std::move(done).error());
  }
  answer.start = from_unix_ms(plan.start_ms);
  answer.step = Milliseconds(plan.step_ms);
  answer.size = plan.size();
  for (const auto& line : lines) answer.series.push_back(to_points(line));
  return answer;
}

Result<Coverage> SeriesReader::read_coverage(model::ServerId server, WallTime from, WallTime before,
                                             Milliseconds step, const TierBegins& begins) {
  const Plan plan = make_plan(from, before, step, begins);
  std::vector<double> measured(plan.size(), 0);
  std::vector<std::int64_t> times;
  RawQuery raw;
  raw.server = server;
  raw.kind = model::EntityKind::host;
  raw.columns = {{0, kMeasuredMs}};
  const Sink sink{
      [&](const Segment& segment) {
        times.insert(times.end(), segment.times_ms.begin(), segment.times_ms.end());
      },
      [&](const Segment& segment) {
        const auto* column = find_column(segment, 0, stat_metric(kMeasuredMs, Stat::sum));
        for (std::size_t i = 0; column != nullptr && i < segment.times_ms.size(); ++i) {
          if (column->values[i] != kMissing)
            measured[plan.place(segment.times_ms[i])] += static_cast<double>(column->values[i]);
        }
      }};
  auto done = read_tiers(raw_, packs_, plan, begins, raw, sink);
  if (!done) return fail(std::move(done).error());
  visit_measured(times, usual_interval_ms(times), [&](std::int64_t first, std::int64_t end) {
    end = std::min(end, plan.before_ms);
    while (first < end) {
      const auto place = plan.place(first);
      const auto until =
          std::min(end, plan.start_ms + static_cast<std::int64_t>(place + 1) * plan.step_ms);
      measured[place] += static_cast<double>(until - first);
      first = until;
    }
  });
  Coverage coverage;
  coverage.start = from_unix_ms(plan.start_ms);
  coverage.step = Milliseconds(plan.step_ms);
  const auto whole = static_cast<double>(plan.step_ms);
  for (std::size_t i = 0; i < measured.size(); ++i) {
    // The last step may end with the range.
    const auto first = plan.start_ms + static_cast<std::int64_t>(i) * plan.step_ms;
    const auto length = std::min(whole, static_cast<double>(plan.before_ms - first));
    coverage.measured_ratio.push_back(std::min(1.0, measured[i] / length));
  }
  return coverage;
}

}  // namespace wakeful::store::detail
