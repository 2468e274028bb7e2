// What the templates of queue.hpp and joinable_queue.hpp stand on: the calls of a handle, in bytes.
// Not for programs: everything here may change.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/codec.hpp>
#include <penstock/detail/raw_item.hpp>
#include <penstock/duration.hpp>
#include <penstock/export.hpp>
#include <penstock/item.hpp>
#include <penstock/options.hpp>
#include <penstock/put_report.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace penstock::blocking {
class Handle;
class Waitable;
}  // namespace penstock::blocking

namespace penstock::detail {

/// Something to loop over that gives items of type T.
template <class Range, class T>
concept RangeOf =
    std::ranges::input_range<Range> && std::convertible_to < std::ranges::range_reference_t<Range>,
const T& > ;

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
};

/// An open handle of a queue, closed by its destructor. Move-only. A moved-from one, and one that
/// was made without arguments, behave as closed.
class PENSTOCK_API QueueHandle {
public:
    QueueHandle() noexcept;
    explicit QueueHandle(std::shared_ptr<blocking::Handle> handle) noexcept;
    ~QueueHandle();
    QueueHandle(QueueHandle&& other) noexcept;
    QueueHandle& operator=(QueueHandle&& other) noexcept;

    bool put(Bytes bytes, PutSpec spec, Duration timeout, std::error_code& ec) const;
    [[nodiscard]] PutReport put_many(EncodedItems items,
                                     PutSpec spec,
                                     PutManyOptions options) const;
    [[nodiscard]] RawItem get(Duration timeout, std::error_code& ec) const;
    [[nodiscard]] std::vector<RawItem> get_many(std::size_t n,
                                                Duration timeout,
                                                std::error_code& ec) const;
    [[nodiscard]] Fill fill(std::error_code& ec) const;
    void shutdown(bool immediate, std::error_code& ec) const;
    void done(const ItemToken& token, std::error_code& ec) const;
    void task_done(std::error_code& ec) const;
    void join(Duration timeout, std::error_code& ec) const;
    void close() const noexcept;
    /// Null: not open.
    [[nodiscard]] std::shared_ptr<blocking::Waitable> waitable() const;
    /// The queue's name in quotes, for texts of exceptions.
    [[nodiscard]] std::string label() const;

private:
    friend PENSTOCK_API RawItem get_any(std::span<const QueueHandle* const> queues,
                                        Duration timeout,
                                        std::size_t& which,
                                        std::error_code& ec);

    std::shared_ptr<blocking::Handle> handle_;
};

/// Waits at all of them; `which` is the index of the one that the item comes from.
[[nodiscard]] PENSTOCK_API RawItem get_any(std::span<const QueueHandle* const> queues,
                                           Duration timeout,
                                           std::size_t& which,
                                           std::error_code& ec);
/// Their names, for texts of exceptions.
[[nodiscard]] PENSTOCK_API std::string labels(std::span<const QueueHandle* const> queues);

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

inline void throw_if(const std::error_code& ec, const char* call, const QueueHandle& handle)
{
    if (ec) throw_error(ec, std::string(call) + " " + handle.label());
}

}  // namespace penstock::detail
