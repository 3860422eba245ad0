#include "agent/problem_log.h"

#include <gtest/gtest.h>

namespace wakeful::agent {
namespace {

const model::SourceProblem kAbsent{"docker", Errc::not_found, "no such socket"};
const model::SourceProblem kSilent{"docker", Errc::timeout, "silent since 07:00"};

TEST(ProblemLog, AProblemThatStaysIsToldOnce) {
  ProblemLog problems;
  EXPECT_EQ(problems.update({kAbsent}), 1U);
  EXPECT_EQ(problems.update({kAbsent}), 0U);
  EXPECT_EQ(problems.update({{"docker", Errc::not_found, "another wording"}}), 0U);
}

TEST(ProblemLog, AProblemThatChangesOrGoesIsTold) {
  ProblemLog problems;
  problems.update({kAbsent});
  EXPECT_EQ(problems.update({kSilent}), 2U) << "the new one, and the end of the old one";
  EXPECT_EQ(problems.update({}), 1U);
  EXPECT_EQ(problems.update({}), 0U);
}

}  // namespace
}  // namespace wakeful::agent
