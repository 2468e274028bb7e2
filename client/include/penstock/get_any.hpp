// get_any: waits at several queues at once and takes one item.
#pragma once

#include <penstock/codec.hpp>
#include <penstock/detail/handle.hpp>
#include <penstock/duration.hpp>
#include <penstock/error.hpp>
#include <penstock/item.hpp>
#include <penstock/queue.hpp>

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

namespace penstock {

/// Waits until one of `queues` has an item, and takes it: the first of the list that is ready at
/// the call, else whichever is so first. One call with a place in the line of each queue, so an
/// item that it doesn't return is not touched. A queue that has ended is waited for no more; when
/// all have, the call ends like the last one did (of those that had ended before: of the list).
///
///     auto [which, job] = penstock::get_any<std::string>({urgent, normal}, 5s);
///
/// Python has only `multiprocessing.connection.wait` over private parts of its queues, and then a
/// `get` that may find nothing.
///
/// \par Errors   errc::empty (`Empty`): in all of them nothing was ready at one moment;
///               shut_down (`ShutDown`), eof (`EndOfFile`), bad_message (`BadMessage`),
///               disconnected; closed: one of the handles is, or its queue was removed;
///               too_many: more than `get_any_max` queues, or 128 such calls of the client wait;
///               std::errc::invalid_argument: no queue, or queues of several clients.
/// \par Threads  As `Queue::get`. Closing any of the handles ends the call.
template <Codable T>
[[nodiscard]] AnyItem<T> get_any(std::span<const std::reference_wrapper<Queue<T>>> queues,
                                 Duration timeout = forever)
{
    std::vector<const detail::QueueHandle*> handles;
    for (const Queue<T>& queue : queues) handles.push_back(&detail::Access::handle(queue));
    std::error_code ec;
    std::size_t which = 0;
    detail::RawItem raw = detail::get_any(handles, timeout, which, ec);
    if (ec) throw_error(ec, "get_any of " + detail::labels(handles));
    return {which, detail::Access::take(queues[which].get(), std::move(raw))};
}

template <Codable T>
[[nodiscard]] AnyItem<T> get_any(std::initializer_list<std::reference_wrapper<Queue<T>>> queues,
                                 Duration timeout = forever)
{
    return get_any<T>(std::span(queues.begin(), queues.size()), timeout);
}

/// As above; no value if `ec` is set.
template <Codable T>
[[nodiscard]] std::optional<AnyItem<T>> get_any(
    std::span<const std::reference_wrapper<Queue<T>>> queues, Duration timeout, std::error_code& ec)
{
    std::vector<const detail::QueueHandle*> handles;
    for (const Queue<T>& queue : queues) handles.push_back(&detail::Access::handle(queue));
    std::size_t which = 0;
    detail::RawItem raw = detail::get_any(handles, timeout, which, ec);
    if (ec) return std::nullopt;
    std::optional<Item<T>> item = detail::decode_item<T>(raw, ec);
    if (!item) return std::nullopt;
    return AnyItem<T>{which, std::move(*item)};
}

template <Codable T>
[[nodiscard]] std::optional<AnyItem<T>> get_any(
    std::initializer_list<std::reference_wrapper<Queue<T>>> queues,
    Duration timeout,
    std::error_code& ec)
{
    return get_any<T>(std::span(queues.begin(), queues.size()), timeout, ec);
}

}  // namespace penstock
