// What becomes of a handler that waits for its result.
#pragma once

#include <penstock/error.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>

namespace penstock::async::detail {

namespace asio = boost::asio;

[[nodiscard]] inline std::error_code aborted()
{
    return make_error_code(asio::error::operation_aborted);
}

/// Else: only as long as nothing is lost by it.
[[nodiscard]] inline bool at_once(asio::cancellation_type type)
{
    const auto types = asio::cancellation_type::terminal | asio::cancellation_type::partial;
    return (type & types) != asio::cancellation_type::none;
}

/// What becomes of a result that is on its way to its handler.
enum class Fate : std::uint8_t {
    open,
    delivered,
    cancelled,
    closed,  // what it was asked of
    cut,     // the session has ended
};

/// What the handler is told instead of a result that it doesn't get.
[[nodiscard]] inline std::error_code code_of(Fate fate)
{
    if (fate == Fate::closed) return errc::closed;
    return fate == Fate::cut ? std::error_code(errc::disconnected) : aborted();
}

/// The handler's executor, kept from running dry until the handler has been called.
template <class Handler>
[[nodiscard]] asio::any_completion_executor kept_executor(const Handler& handler,
                                                          const asio::any_io_executor& otherwise)
{
    return asio::prefer(asio::get_associated_executor(handler, otherwise),
                        asio::execution::outstanding_work.tracked);
}

/// The handler of a call under way. Move it nowhere: its cancellation knows where it is.
template <class Result>
struct PendingHandler {
    using Handler = asio::any_completion_handler<void(Result)>;

    PendingHandler(Handler to, const asio::any_io_executor& otherwise)
        : work(kept_executor(to, otherwise))
    {
        to.swap(handler);  // Boost 1.81's move assignment calls itself for ever
    }
    PendingHandler(const PendingHandler&) = delete;
    PendingHandler& operator=(const PendingHandler&) = delete;
    ~PendingHandler() = default;

    Handler handler;  // null: the result is on its way to it
    asio::any_completion_executor work;

    /// Whoever is first decides; true for that one.
    std::atomic<Fate> fate = Fate::open;
    bool decide(Fate what)
    {
        Fate none = Fate::open;
        return fate.compare_exchange_strong(none, what);
    }
};

/// Has `cancelled(owner, type)` called when the handler is cancelled, there and then. The slot
/// holds the owner weakly: the handler, which that one owns, may own the slot.
template <class Handler, class Owner, class Cancelled>
void on_cancel(const Handler& handler, const std::shared_ptr<Owner>& owner, Cancelled cancelled)
{
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (!slot.is_connected()) return;
    slot.assign([weak = std::weak_ptr(owner),
                 cancelled = std::move(cancelled)](asio::cancellation_type type) {
        if (const auto there = weak.lock()) cancelled(there, type);
    });
}

/// Calls the handler, later: by way of our user's executor, since a handler's own can't promise not
/// to run it here and now.
template <class Result>
void complete(const asio::any_io_executor& executor, PendingHandler<Result>& pending, Result result)
{
    asio::post(executor,
               [handler = std::exchange(pending.handler, nullptr),
                work = std::exchange(pending.work, {}),
                result = std::move(result)]() mutable {
                   auto call = [handler = std::move(handler),
                                result = std::move(result)]() mutable {
                       asio::get_associated_cancellation_slot(handler).clear();
                       std::move(handler)(std::move(result));
                   };
                   asio::dispatch(work, std::move(call));
               });
}

/// The same with something that can return as long as the handler doesn't have it: just before the
/// handler is called, with `otherwise(fate)` if something else was decided meanwhile, `settled` is
/// given what returns, or null.
template <class Pending, class Result, class Otherwise, class Settled>
void deliver(const asio::any_io_executor& executor,
             std::shared_ptr<Pending> pending,
             Result result,
             Otherwise otherwise,
             Settled settled)
{
    PendingHandler<Result>& from = *pending;
    asio::post(
        executor,
        [handler = std::exchange(from.handler, nullptr),
         work = std::exchange(from.work, {}),
         pending = std::move(pending),
         result = std::move(result),
         otherwise = std::move(otherwise),
         settled = std::move(settled)]() mutable {
            auto call = [handler = std::move(handler),
                         pending = std::move(pending),
                         result = std::move(result),
                         otherwise = std::move(otherwise),
                         settled = std::move(settled)]() mutable {
                asio::get_associated_cancellation_slot(handler).clear();
                const bool taken = pending->decide(Fate::delivered);
                settled(taken ? nullptr : &result);
                std::move(handler)(taken ? std::move(result) : otherwise(pending->fate.load()));
            };
            asio::dispatch(work, std::move(call));
        });
}

}  // namespace penstock::async::detail
