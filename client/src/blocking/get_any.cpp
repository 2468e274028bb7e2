#include "client/src/blocking/handle.hpp"
#include "client/src/check_get_any.hpp"
#include "client/src/protocol/requests.hpp"

#include <penstock/error.hpp>
#include <penstock/get_any.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace penstock::blocking {

detail::RawItem Handle::get_any(std::span<const std::shared_ptr<Handle>> handles,
                                Duration timeout,
                                std::size_t& which,
                                std::error_code& ec)
{
    Handle& first = *handles.front();
    std::vector<wire::HandleId> ids;
    for (const auto& handle : handles) ids.push_back(handle->id_);
    const auto any_closed = [&handles] {
        return std::ranges::any_of(handles,
                                   [](const auto& handle) { return handle->closed_.load(); });
    };
    if (any_closed()) {
        ec = errc::closed;
        return {};
    }
    // Before the answer nobody knows which one is served, so one joinable queue decides for all.
    const bool any_joinable =
        std::ranges::any_of(handles, [](const auto& handle) { return handle->joinable_; });
    using enum protocol::Acknowledge;
    const protocol::Answer answer =
        first.call(protocol::get_any(ids), timeout, any_joinable ? with_next_call : when_told);
    ec = answer.ec;
    // As in call(): written just behind another thread's CLOSE of one of them.
    if (ec == errc::bad_handle && any_closed()) ec = errc::closed;
    if (ec) return {};
    which = answer.which;
    return handles[which]->raw(answer, answer.items.front());
}

}  // namespace penstock::blocking

namespace penstock::detail {

RawItem get_any(std::span<const QueueHandle* const> queues,
                Duration timeout,
                std::size_t& which,
                std::error_code& ec)
{
    std::vector<std::shared_ptr<blocking::Handle>> handles;
    for (const QueueHandle* queue : queues) handles.push_back(queue->handle_);
    ec = check_get_any(std::span(std::as_const(handles)));
    return ec ? RawItem{} : blocking::Handle::get_any(handles, timeout, which, ec);
}

std::string labels(std::span<const QueueHandle* const> queues)
{
    std::string all;
    for (const QueueHandle* queue : queues) {
        if (!all.empty()) all += ", ";
        all += queue->label();
    }
    return all.empty() ? "no queues" : all;
}

}  // namespace penstock::detail
