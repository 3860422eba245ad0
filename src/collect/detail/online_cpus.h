// collect/detail/online_cpus.h: how many logical CPUs the host runs on now.
#pragma once

#include <cstdint>

#include "collect/collector.h"
#include "collect/detail/file_reader.h"

namespace wakeful::collect::detail {

/// From /sys/devices/system/cpu/online, else from the cpu lines of /proc/stat; 0 when neither says.
std::int64_t count_online_cpus(const Context& context, FileReader& reader);

}  // namespace wakeful::collect::detail
