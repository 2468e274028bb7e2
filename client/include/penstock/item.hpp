// Item<T>: a value and what the queue knows about it; AnyItem<T>: and which queue it was.
#pragma once

#include <penstock/codec.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace penstock {

namespace detail {

/// Names an item within one session; zero names none.
struct ItemToken {
    std::uint64_t session = 0;  // a number of this process's
    std::uint64_t op = 0;
    std::uint64_t index = 0;
    bool operator==(const ItemToken&) const = default;
};

class Access;

}  // namespace detail

/// What `get_item` returns. Give it to `JoinableQueue::done` when the work is finished.
template <Codable T>
class Item {
public:
    Item() = default;

    T value{};
    /// The item's number in its queue, counted from 1 in the order of put.
    std::uint64_t seq = 0;
    /// How often it was handed out, this time included: 1 is the first time, and with 2 or more
    /// somebody who had it before did not acknowledge it.
    std::uint16_t attempts = 0;
    /// What the producer's codec said.
    ContentType content_type = ContentType::bytes;

private:
    friend class detail::Access;
    detail::ItemToken token_;
};

/// How many queues one `get_any` may be given.
inline constexpr std::size_t get_any_max = 64;

/// What `get_any` returns.
template <Codable T>
struct AnyItem {
    std::size_t which = 0;  // the queue's index in the list, from 0
    Item<T> item;           // give it to `done` of that queue
};

}  // namespace penstock
