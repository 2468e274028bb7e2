// Which of the items of a put_many go into one PUT.
#pragma once

#include "common/wire/messages.hpp"

#include <penstock/detail/handle.hpp>

#include <cstddef>

namespace penstock::protocol {

/// Sets the priority and the sizes of `put`: from the item `first` on as many as fit its frame and
/// `ops_max`, have that one's priority, and at least it. A long item goes alone: the broker admits
/// it whatever its size, if nothing else of this session waits for its queue.
void take_items(wire::Put& put,
                const detail::EncodedItems& items,
                std::size_t first,
                std::size_t ops_max);

}  // namespace penstock::protocol
