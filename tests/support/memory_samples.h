// tests/support/memory_samples.h: the history in memory, with the behaviour that samples.h promises
// but for the disk: raw samples only, every answer worked out from the reports. Can be told to fail.
// A test may derive from it. thread: any
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/samples.h"
#include "support/brute_series.h"

namespace wakeful::test {

class MemorySamples : public store::Samples {
 public:
  void fail_with(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(error);
  }

  Result<std::vector<store::Appended>> append(
      std::span<const store::AcceptedReport> reports) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    std::vector<store::Appended> answers;
    for (const auto& report : reports) {
      if (report.time < WallTime{} || report.time >= kEndOfTime) {
        answers.push_back(store::Appended::out_of_range);
        continue;
      }
      auto& kept = reports_[model::to_number(report.server)];
      const bool repeated =
          std::ranges::find(kept, report.key, &store::AcceptedReport::key) != kept.end();
      answers.push_back(repeated ? store::Appended::repeated : store::Appended::stored);
      if (!repeated) kept.push_back(report);
    }
    return answers;
  }

  Result<store::Columns> read(const store::SampleQuery& query) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    std::vector<std::pair<WallTime, std::vector<double>>> rows;
    for (const auto& report : reports_[model::to_number(query.server)]) {
      if (query.before && report.time >= *query.before) continue;
      if (query.from && report.time < *query.from) continue;
      if (auto row = row_of(report.report, query)) rows.emplace_back(report.time, std::move(*row));
    }
    std::ranges::stable_sort(rows, {}, [](const auto& row) { return row.first; });
    store::Columns columns;
    columns.more = rows.size() > query.limit;
    if (columns.more) rows.erase(rows.begin(), rows.end() - static_cast<long>(query.limit));
    columns.values.resize(query.metrics.size());
    for (const auto& [time, values] : rows) {
      columns.times.push_back(time);
      for (std::size_t i = 0; i < values.size(); ++i) columns.values[i].push_back(values[i]);
    }
    return columns;
  }

  Result<std::vector<store::AcceptedReport>> last_reports() override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    std::vector<store::AcceptedReport> last;
    for (const auto& [id, kept] : reports_) {
      const auto newest = std::ranges::max_element(kept, {}, &store::AcceptedReport::time);
      if (newest != kept.end()) last.push_back(*newest);
    }
    return last;
  }

  Result<void> remove_server(model::ServerId server) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    reports_.erase(model::to_number(server));
    return {};
  }

  Result<store::SeriesAnswer> series(const store::SeriesQuery& query) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    if (query.series.empty()) return fail(Errc::invalid, "series: expected one or more");
    if (query.series.size() > store::kMaxSeries) return fail(Errc::invalid, "series: too many");
    const auto grid = make_grid(query.from, query.before, query.step);
    if (!grid) return fail(grid.error());
    store::SeriesAnswer answer{grid->start, grid->step, grid->size, store::Tier::raw, {}};
    for (const auto& key : query.series) {
      answer.series.push_back(
          sum_up(reports_[model::to_number(key.server)], key, query.from, query.before, *grid));
    }
    return answer;
  }

  Result<store::Coverage> coverage(model::ServerId server, WallTime from, WallTime before,
                                   Milliseconds step) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    const auto grid = make_grid(from, before, step);
    if (!grid) return fail(grid.error());
    return store::Coverage{grid->start, grid->step,
                           measured_ratio(reports_[model::to_number(server)], server, *grid)};
  }

  Result<std::vector<store::NewestValues>> newest(
      model::EntityKind kind, std::span<const model::Metric> metrics,
      std::span<const model::ServerId> servers) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    std::vector<store::NewestValues> all;
    const auto add = [&](model::ServerId server) {
      for (const auto& [name, report] : newest_rows(server, kind, std::nullopt)) {
        auto& one = all.emplace_back(server, name, report->time, std::vector<double>());
        const auto figures = figures_in(report->report, kind, name);
        for (const auto metric : metrics) one.values.push_back(value_in(*figures, metric));
      }
    };
    if (servers.empty()) {
      for (const auto& [id, kept] : reports_) add(model::ServerId{id});
    }
    for (const auto server : servers) add(server);
    return all;
  }

  Result<std::vector<store::EntityInfo>> entities(model::ServerId server) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    std::map<std::string, store::EntityInfo> found;
    for (const auto& report : reports_[model::to_number(server)]) {
      if (!report.report.containers) continue;
      for (const auto& container : *report.report.containers) {
        const auto at =
            found
                .try_emplace(container.name,
                             store::EntityInfo{model::EntityKind::container, container.name,
                                               report.time, report.time})
                .first;
        at->second.first = std::min(at->second.first, report.time);
        at->second.last = std::max(at->second.last, report.time);
      }
    }
    std::vector<store::EntityInfo> all;
    for (const auto& [name, info] : found) all.push_back(info);
    return all;
  }

  Result<std::vector<store::TopEntry>> top(const store::TopQuery& query) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    const auto kind = model::metric_info(query.metric).entity;
    std::vector<store::TopEntry> all;
    for (const auto& [id, kept] : reports_) {
      for (const auto& [name, report] : newest_rows(model::ServerId{id}, kind, query.at)) {
        if (query.at && report->time < *query.at - query.patience) continue;
        const double value = value_in(*figures_in(report->report, kind, name), query.metric);
        if (!std::isnan(value)) {
          all.push_back({model::ServerId{id}, name, report->time, value});
        }
      }
    }
    std::ranges::stable_sort(all, std::greater<>(), &store::TopEntry::value);
    if (all.size() > query.limit) all.resize(query.limit);
    return all;
  }

  Result<store::StoreSize> size() override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    return size_;
  }
  void set_size(const store::StoreSize& size) {
    const std::lock_guard lock(mutex_);
    size_ = size;
  }

  Result<void> maintain(WallTime now, const store::Retention& retention, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    for (auto& [id, kept] : reports_) {
      std::erase_if(kept, [&](const auto& report) { return report.time < now - retention.raw; });
    }
    return {};
  }

  Result<void> check_writable() override {
    const std::lock_guard lock(mutex_);
    if (failure_) return fail(*failure_);
    return {};
  }

 private:
  static constexpr WallTime kEndOfTime{Milliseconds(7'258'118'400'000)};  ///< 2200

  /// The newest report, up to a time, of each entity of a server.
  std::map<std::string, const store::AcceptedReport*> newest_rows(model::ServerId server,
                                                                  model::EntityKind kind,
                                                                  std::optional<WallTime> at) {
    std::map<std::string, const store::AcceptedReport*> rows;
    const auto found = reports_.find(model::to_number(server));
    if (found == reports_.end()) return rows;
    for (const auto& report : found->second) {
      if (at && report.time > *at) continue;
      for (const auto& name : entities_in(report.report, kind)) {
        if (!figures_in(report.report, kind, name)) continue;
        auto& row = rows[name];
        if (row == nullptr || row->time <= report.time) row = &report;
      }
    }
    return rows;
  }

  /// The values of one report for a query; nullopt when the entity is not in it.
  static std::optional<std::vector<double>> row_of(const model::Report& report,
                                                   const store::SampleQuery& query) {
    std::vector<model::MetricValue> values;
    if (query.entity == model::EntityKind::host) {
      values = report.metrics;
    } else if (query.entity == model::EntityKind::core) {
      const auto index = std::stoul(query.entity_name);
      if (index >= report.core_cpu_ratio.size()) return std::nullopt;
      values.push_back({model::Metric::core_cpu_ratio, report.core_cpu_ratio[index]});
    } else {
      if (!report.containers) return std::nullopt;
      const auto container =
          std::ranges::find(*report.containers, query.entity_name, &model::Container::name);
      if (container == report.containers->end()) return std::nullopt;
      values = container->metrics;
    }
    std::vector<double> row;
    for (const auto metric : query.metrics) {
      row.push_back(model::find_value(values, metric).value_or(kMissing));
    }
    return row;
  }

  std::mutex mutex_;
  std::optional<Error> failure_;
  store::StoreSize size_;
  std::map<std::int64_t, std::vector<store::AcceptedReport>> reports_;
};

}  // namespace wakeful::test
