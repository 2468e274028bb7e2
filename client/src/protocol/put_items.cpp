#include "client/src/protocol/put_items.hpp"

#include "common/wire/codec.hpp"
#include "common/wire/limits.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace penstock::protocol {

namespace {

/// How many at the front have the priority of the first one.
std::size_t run_of_priority(std::span<const Priority> priorities)
{
    const auto other = [&](Priority priority) { return priority != priorities.front(); };
    return static_cast<std::size_t>(std::ranges::find_if(priorities, other) - priorities.begin());
}

}  // namespace

void take_items(wire::Put& put,
                const detail::EncodedItems& items,
                std::size_t first,
                std::size_t ops_max)
{
    const auto sizes = std::span(items.sizes).subspan(first);
    std::size_t n_max = std::min<std::size_t>({sizes.size(), wire::range_n_max, ops_max});
    if (!items.priorities.empty()) {
        put.priority = items.priorities[first];
        n_max = run_of_priority(std::span(items.priorities).subspan(first, n_max));
    }
    std::size_t n = 0;
    std::size_t total = 0;
    do {
        total += sizes[n];
        put.sizes.push_back(static_cast<std::uint32_t>(sizes[n++]));
    } while (n < n_max && total + sizes[n] <= wire::put_body_room(n + 1, put.priority.has_value()));
}

}  // namespace penstock::protocol
