// A target with a bug: so that one sees that a bug is found. `./dev fuzz planted` finds it, too.
#include "common/base/bytes.hpp"
#include "tests/fuzz/target.hpp"

#include <string_view>

namespace penstock::fuzz {

void run_one(std::span<const std::byte> input)
{
    PENSTOCK_ASSERT(!base::as_text(input).starts_with("bug"));
}

}  // namespace penstock::fuzz
