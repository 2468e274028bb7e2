// get_any: waits at several queues at once and takes one item, asynchronous.
#pragma once

#include <penstock/async/detail/calls.hpp>
#include <penstock/async/queue.hpp>
#include <penstock/codec.hpp>
#include <penstock/duration.hpp>
#include <penstock/item.hpp>

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

namespace penstock::async {

/// Waits until one of `queues` has an item, and takes it: the first of the list that is ready at
/// the call, else whichever is so first. One call with a place in the line of each queue, so an
/// item that it doesn't return is not touched, as it would be by several gets of which all but one
/// are cancelled. A queue that has ended is waited for no more; when all have, the call ends like
/// the last one did.
///
///     std::vector<std::reference_wrapper<async::Queue<std::string>>> both = {urgent, normal};
///     auto [which, job] = co_await async::async_get_any<std::string>(both, 5s);
///
/// (With gcc before 13 the list needs a name when it stands in a `co_await`.)
///
/// Python has only `multiprocessing.connection.wait` over private parts of its queues.
///
/// \par Handler signature  void(error_code, AnyItem<T>)
/// \par Errors             errc::empty: in all of them nothing was ready at one moment; shut_down,
///                         eof, bad_message; closed: one of the handles is, or its queue was
///                         removed; too_many: more than `get_any_max` queues, or 128 such calls of
///                         the client wait; std::errc::invalid_argument: queues of several clients.
/// \par Cancellation       as `Queue::async_get`
/// \pre                    at least one queue, and each is open
template <Codable T, class Token = asio::deferred_t>
auto async_get_any(std::span<const std::reference_wrapper<Queue<T>>> queues,
                   Duration timeout = forever,
                   Token&& token = {})
{
    std::vector<detail::HandlePtr> handles;
    for (const Queue<T>& queue : queues) handles.push_back(detail::Reach::handle(queue));
    const detail::HandlePtr first = handles.front();
    const auto decode = [](error_code ec, std::size_t which, detail::RawItem raw) {
        AnyItem<T> any{which, detail::decoded_item<T>(raw, ec)};
        return asio::deferred.values(ec, std::move(any));
    };
    return detail::begin_converted<void(error_code, std::size_t, detail::RawItem)>(
        first,
        detail::start_get_any,
        decode,
        std::forward<Token>(token),
        std::move(handles),
        timeout);
}

template <Codable T, class Token = asio::deferred_t>
auto async_get_any(std::initializer_list<std::reference_wrapper<Queue<T>>> queues,
                   Duration timeout = forever,
                   Token&& token = {})
{
    return async_get_any<T>(
        std::span(queues.begin(), queues.size()), timeout, std::forward<Token>(token));
}

}  // namespace penstock::async
