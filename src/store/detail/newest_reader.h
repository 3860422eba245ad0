// store/detail/newest_reader.h: what servers said last, from memory. thread: any
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "store/detail/raw_reader.h"
#include "store/detail/recent.h"
#include "store/samples.h"

namespace wakeful::store::detail {

/// The names of a server's containers by number; asked for only where they are needed.
using ContainerNames =
    std::function<Result<std::map<std::uint32_t, std::string>>(model::ServerId server)>;

Result<std::vector<NewestValues>> read_newest(const Recent& recent, model::EntityKind kind,
                                              std::span<const model::Metric> metrics,
                                              std::span<const model::ServerId> servers,
                                              const ContainerNames& names);

Result<std::vector<TopEntry>> read_top(const Recent& recent, RawReader& raw, const TopQuery& query,
                                       const ContainerNames& names);

/// A report as it was, from its facts and its row.
model::Report join_report(const Row& row, model::Report facts,
                          const std::map<std::uint32_t, std::string>& names);

}  // namespace wakeful::store::detail
