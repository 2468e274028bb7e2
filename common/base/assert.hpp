// PENSTOCK_ASSERT: a broken invariant is our own bug and ends the process, in release builds too.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace penstock::base {

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line)
{
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    std::abort();
}

}  // namespace penstock::base

#define PENSTOCK_ASSERT(condition)      \
    ((condition) ? static_cast<void>(0) \
                 : ::penstock::base::assertion_failed(#condition, __FILE__, __LINE__))
