#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace wakeful {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: contract broken: %s\n", file, line, condition);
  std::abort();
}

}  // namespace wakeful
