// agent/problem_log.h: tells the log of a problem when it comes, when it changes and when it goes.
//
// Used by: the agent, once per report. Without it a missing Docker would be a line every 8 seconds.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/report.h"

namespace wakeful::agent {

class ProblemLog {
 public:
  /// Compare with the problems of the report before.
  /// returns  how many lines were written
  std::size_t update(const std::vector<model::SourceProblem>& problems);

 private:
  /// Same source and code: the same problem, whatever figures its message contains.
  std::map<std::pair<std::string, Errc>, std::string> known_;
};

}  // namespace wakeful::agent
