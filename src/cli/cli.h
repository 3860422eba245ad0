// cli/cli.h: the command line of `wakeful`: finds the command and runs it.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/settings.h"

namespace wakeful::cli {

/// arguments  without the program's name
/// Returns the exit code: 0 done, 1 it failed (the reason is on err), 2 wrong usage.
int run(const std::vector<std::string>& arguments, const Settings::Environment& environment,
        std::ostream& out, std::ostream& err);

}  // namespace wakeful::cli
