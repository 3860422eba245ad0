#include "agent/problem_log.h"

#include "base/log.h"

namespace wakeful::agent {

std::size_t ProblemLog::update(const std::vector<model::SourceProblem>& problems) {
  std::size_t lines = 0;
  std::map<std::pair<std::string, Errc>, std::string> now;
  for (const model::SourceProblem& problem : problems) {
    now.try_emplace({problem.source, problem.code}, problem.message);
  }
  for (const auto& [key, message] : now) {
    if (known_.contains(key)) continue;
    log::warning("agent", "a source has a problem",
                 {{"source", key.first}, {"code", errc_name(key.second)}, {"problem", message}});
    ++lines;
  }
  for (const auto& [key, message] : known_) {
    if (now.contains(key)) continue;
    log::info("agent", "a problem is over",
              {{"source", key.first}, {"code", errc_name(key.second)}});
    ++lines;
  }
  known_ = std::move(now);
  return lines;
}

}  // namespace wakeful::agent
