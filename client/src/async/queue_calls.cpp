// The calls of async::Queue and those derived from it, in bytes.
#include "client/src/async/answered.hpp"
#include "client/src/async/handle.hpp"
#include "client/src/async/series.hpp"
#include "client/src/check_get_any.hpp"
#include "client/src/protocol/put_items.hpp"
#include "client/src/protocol/requests.hpp"
#include "client/src/protocol/timeout.hpp"

#include <penstock/async/detail/calls.hpp>
#include <penstock/error.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

namespace penstock::async::detail {

namespace {

/// Asks `request` of the handle's queue, unless it is closed; `then(handler, answer)` completes.
template <class Handler, class Then>
void ask(const HandlePtr& handle,
         protocol::Request request,
         Duration timeout,
         Handler handler,
         Then then)
{
    auto checked = [handle, then = std::move(then)](auto&& to, protocol::Answer answer) mutable {
        // Written just behind the CLOSE: to the broker there never was such a handle.
        if (answer.ec == errc::bad_handle && handle->closed()) answer.ec = errc::closed;
        then(std::move(to), std::move(answer));
    };
    Connection& connection = handle->connection();
    connection.call(std::move(request),
                    timeout,
                    Answered(std::move(checked), std::move(handler), connection.executor()),
                    handle->acknowledge());
}

/// The same where only the code is wanted.
void ask(const HandlePtr& handle, protocol::Request request, Duration timeout, HandlerOf<> handler)
{
    if (handle->closed()) {
        return fail(handle->connection().executor(), errc::closed, std::move(handler));
    }
    auto then = [](auto&& to, const protocol::Answer& answer) {
        std::move(to)(to_boost(answer.ec));
    };
    ask(handle, std::move(request), timeout, std::move(handler), then);
}

}  // namespace

asio::any_io_executor executor_of(const Handle& handle) noexcept
{
    return handle.connection().executor();
}

void start_put(
    const HandlePtr& handle, Bytes bytes, PutSpec spec, Duration timeout, HandlerOf<> handler)
{
    const std::error_code ec = protocol::check_put(bytes.size(), spec);
    if (ec) return fail(handle->connection().executor(), ec, std::move(handler));
    ask(handle,
        protocol::put_one(handle->id(), std::move(bytes), spec),
        timeout,
        std::move(handler));
}

void start_put_many(const HandlePtr& handle,
                    EncodedItems items,
                    PutSpec spec,
                    PutManyOptions options,
                    ReportHandler handler)
{
    std::error_code ec = protocol::check_items(items, spec);
    if (handle->closed()) ec = errc::closed;
    // Nothing is asked then, so that the report completes later, as always.
    std::optional<PutReport> report;
    if (ec || items.sizes.empty()) report = protocol::report_of(items.sizes.size(), ec);
    if (report) items = {};

    const base::TimePoint deadline =
        protocol::deadline_after(std::chrono::steady_clock::now(), options.timeout);
    auto series = std::make_shared<Series<protocol::PutMany, PutReport>>(
        handle->connection().shared_from_this(), deadline, std::move(handler));
    auto make = [id = handle->id(), items = std::move(items), spec, options](
                    const Connection& connection) mutable {
        return protocol::PutMany(
            id, std::move(items), spec, options.stop_on_error, connection.grants().max_ops);
    };
    const std::size_t ahead = protocol::PutMany::ahead(options.stop_on_error);
    series->start(std::move(make), ahead, [report, handle](protocol::PutMany&& puts, bool) {
        if (report) return *report;
        PutReport done = std::move(puts).report();
        for (std::error_code& code : done.codes) {
            if (code == errc::bad_handle && handle->closed()) code = errc::closed;
        }
        done.sum_up();
        return done;
    });
}

void start_get(const HandlePtr& handle, Duration timeout, HandlerOf<RawItem> handler)
{
    if (handle->closed()) {
        return fail(handle->connection().executor(), errc::closed, std::move(handler), RawItem());
    }
    ask(handle,
        protocol::get_many(handle->id(), 1),
        timeout,
        std::move(handler),
        [handle](auto&& to, const protocol::Answer& answer) {
            RawItem item;
            if (!answer.ec) item = handle->hand(answer, answer.items.front());
            std::move(to)(to_boost(answer.ec), std::move(item));
        });
}

void start_get_many(const HandlePtr& handle,
                    std::size_t n,
                    Duration timeout,
                    HandlerOf<std::vector<RawItem>> handler)
{
    if (handle->closed() || n == 0) {
        return fail(handle->connection().executor(),
                    handle->closed() ? std::error_code(errc::closed) : std::error_code(),
                    std::move(handler),
                    std::vector<RawItem>());
    }
    ask(handle,
        protocol::get_many(handle->id(), n),
        timeout,
        std::move(handler),
        [handle](auto&& to, const protocol::Answer& answer) {
            std::vector<RawItem> items;
            items.reserve(answer.items.size());
            for (const auto& got : answer.items) items.push_back(handle->hand(answer, got));
            std::move(to)(to_boost(answer.ec), std::move(items));
        });
}

void start_get_any(const HandlePtr& first,
                   std::vector<HandlePtr> handles,
                   Duration timeout,
                   HandlerOf<std::size_t, RawItem> handler)
{
    const auto closed = [](const HandlePtr& handle) { return handle->closed(); };
    std::error_code ec = check_get_any(std::span<const HandlePtr>(handles));
    if (!ec && std::ranges::any_of(handles, closed)) ec = errc::closed;
    if (ec) {
        return fail(
            first->connection().executor(), ec, std::move(handler), std::size_t{0}, RawItem());
    }
    std::vector<wire::HandleId> ids;
    for (const HandlePtr& handle : handles) ids.push_back(handle->id());
    // Before the answer nobody knows which one is served, so one joinable queue decides for all.
    const auto joinable = std::ranges::find_if(handles, &Handle::joinable);
    const HandlePtr decides = joinable != handles.end() ? *joinable : handles.front();
    ask(decides,
        protocol::get_any(ids),
        timeout,
        std::move(handler),
        [handles = std::move(handles), closed](auto&& to, const protocol::Answer& answer) {
            std::error_code why = answer.ec;
            if (why == errc::bad_handle && std::ranges::any_of(handles, closed)) why = errc::closed;
            RawItem item;
            if (!why) item = handles[answer.which]->hand(answer, answer.items.front());
            std::move(to)(to_boost(why), std::size_t{answer.which}, std::move(item));
        });
}

void start_fill(const HandlePtr& handle, HandlerOf<Fill> handler)
{
    if (handle->closed()) {
        return fail(handle->connection().executor(), errc::closed, std::move(handler), Fill());
    }
    ask(handle,
        protocol::read_fill(handle->id()),
        Duration::zero(),
        std::move(handler),
        [](auto&& to, const protocol::Answer& answer) {
            std::error_code ec;
            const Fill fill = protocol::to_fill(answer, ec);
            std::move(to)(to_boost(ec), fill);
        });
}

void start_shutdown(const HandlePtr& handle, bool immediate, HandlerOf<> handler)
{
    const auto how = immediate ? wire::ShutdownHow::immediate : wire::ShutdownHow::drain;
    ask(handle,
        wire::Shutdown{.handle = handle->id(), .how = how},
        Duration::zero(),
        std::move(handler));
}

void start_done(const HandlePtr& handle, ItemToken token, HandlerOf<> handler)
{
    const Connection& connection = handle->connection();
    if (token.op == 0 || token.session != connection.session_number()) {
        return fail(connection.executor(), errc::not_found, std::move(handler));
    }
    handle->finished(token);
    ask(handle,
        wire::TaskDone{.handle = handle->id(), .source = token.op, .index = token.index},
        Duration::zero(),
        std::move(handler));
}

void start_task_done(const HandlePtr& handle, HandlerOf<> handler)
{
    const ItemToken token = handle->closed() ? ItemToken() : handle->take_oldest();
    ask(handle,
        wire::TaskDone{.handle = handle->id(), .source = token.op, .index = token.index},
        Duration::zero(),
        std::move(handler));
}

void start_join(const HandlePtr& handle, Duration timeout, HandlerOf<> handler)
{
    ask(handle, wire::Join{.handle = handle->id()}, timeout, std::move(handler));
}

void close(const HandlePtr& handle) noexcept
{
    handle->close();
}

}  // namespace penstock::async::detail
