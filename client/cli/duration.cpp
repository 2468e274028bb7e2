#include "client/cli/duration.hpp"

#include "common/base/units.hpp"

namespace penstock::cli {

std::optional<Duration> parse_duration(std::string_view text) noexcept
{
    static_assert(forever == base::Duration::max());
    return base::parse_duration(text);
}

}  // namespace penstock::cli
