// Items of any type, in bytes, on their way to the library and back. Apart from handle.hpp for the
// asynchronous headers, whose users pay for each header of the standard library.
// Not for programs: everything here may change.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/codec.hpp>
#include <penstock/duration.hpp>
#include <penstock/item.hpp>
#include <penstock/options.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace penstock::detail {

/// What goes with the bytes of an item that is put.
struct PutSpec {
    ContentType content_type = ContentType::bytes;
    std::optional<Priority> priority;
};

struct RawItem {
    Bytes bytes;
    std::uint64_t seq = 0;
    std::uint16_t attempts = 0;
    ContentType content_type = ContentType::bytes;
    ItemToken token;
};

/// Something to loop over that gives items of type T.
template <class Range, class T>
concept RangeOf = requires(Range& range)
{
    {
        *std::begin(range)
        } -> std::convertible_to<const T&>;
    std::end(range);
};

/// Several items back to back.
struct EncodedItems {
    Bytes bytes;
    std::vector<std::size_t> sizes;
    std::vector<Priority> priorities;  // one an item, or none at all

    template <Codable T>
    void add(const T& item)
    {
        const std::size_t begin = bytes.size();
        Codec<T>::encode(item, bytes);
        sizes.push_back(bytes.size() - begin);
    }
};

/// What the library needs to know to find a full queue or an empty one.
struct Fill {
    std::uint64_t ready = 0;
    std::int64_t maxsize = 0;  // 0: unbounded

    [[nodiscard]] bool full() const
    {
        return maxsize > 0 && ready >= static_cast<std::uint64_t>(maxsize);
    }
};

/// Reaches the private parts of Item and Queue.
class Access {
public:
    template <class T>
    static ItemToken& token(Item<T>& item)
    {
        return item.token_;
    }

    template <class T>
    static const ItemToken& token(const Item<T>& item)
    {
        return item.token_;
    }

    template <class Handle>
    static auto& handle(Handle& queue)
    {
        return queue.handle_;
    }

    template <class Queue>
    static auto take(const Queue& queue, RawItem raw)
    {
        return queue.take(std::move(raw), std::error_code());
    }

    template <class Queue, class T>
    static bool put(
        Queue& queue, const T& item, Priority priority, Duration timeout, std::error_code& ec)
    {
        return queue.put_as(item, priority, timeout, ec);
    }
};

/// No value, and `ec` set, if the codec can't. Bytes are moved: a second copy may be large.
template <Codable T>
[[nodiscard]] std::optional<T> decode(Bytes& bytes, std::error_code& ec)
{
    if constexpr (std::same_as<T, Bytes>) {
        return std::move(bytes);
    } else {
        T value = Codec<T>::decode(bytes, ec);
        if (ec) return std::nullopt;
        return value;
    }
}

/// As above, with what the queue knows about the item.
template <Codable T>
[[nodiscard]] std::optional<Item<T>> decode_item(RawItem& raw, std::error_code& ec)
{
    std::optional<T> value = decode<T>(raw.bytes, ec);
    if (!value) return std::nullopt;
    Item<T> item;
    item.value = std::move(*value);
    item.seq = raw.seq;
    item.attempts = raw.attempts;
    item.content_type = raw.content_type;
    Access::token(item) = raw.token;
    return item;
}

}  // namespace penstock::detail
