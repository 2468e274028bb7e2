// What the calls of the public headers make of the answers that they get.
#pragma once

#include "client/src/async/pending.hpp"
#include "client/src/protocol/call.hpp"

#include <penstock/async/detail/calls.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <system_error>
#include <utility>

namespace penstock::async::detail {

/// The system's codes compare equal to Asio's only in Boost's own categories.
[[nodiscard]] inline error_code to_boost(const std::error_code& ec)
{
    if (ec.category() == std::system_category()) {
        return {ec.value(), boost::system::system_category()};
    }
    if (ec.category() == std::generic_category()) {
        return {ec.value(), boost::system::generic_category()};
    }
    return ec;
}

/// A handler of answers that stands for another one: its executor, its slot.
template <class Then, class Handler>
class Answered {
public:
    using executor_type = asio::any_completion_executor;
    using cancellation_slot_type = asio::cancellation_slot;

    Answered(Then then, Handler handler, const asio::any_io_executor& otherwise)
        : then_(std::move(then)),
          executor_(asio::get_associated_executor(handler, otherwise)),
          handler_(std::move(handler))
    {}
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept
    {
        return asio::get_associated_cancellation_slot(handler_);
    }
    template <class Answer>
    void operator()(Answer answer)
    {
        then_(std::move(handler_), std::move(answer));
    }

private:
    Then then_;
    executor_type executor_;
    Handler handler_;
};

/// The same where only the code is wanted.
[[nodiscard]] inline auto codes_to(HandlerOf<> handler, const asio::any_io_executor& otherwise)
{
    auto then = [](auto&& to, const protocol::Answer& answer) {
        std::move(to)(to_boost(answer.ec));
    };
    return Answered(std::move(then), std::move(handler), otherwise);
}

/// Completes a call that is not even begun, later.
template <class Handler, class... Results>
void fail(const asio::any_io_executor& executor,
          std::error_code ec,
          Handler handler,
          Results... results)
{
    auto work = kept_executor(handler, executor);
    asio::post(executor,
               [handler = std::move(handler),
                work = std::move(work),
                ec,
                ... results = std::move(results)]() mutable {
                   auto call = [handler = std::move(handler),
                                ec,
                                ... results = std::move(results)]() mutable {
                       std::move(handler)(to_boost(ec), std::move(results)...);
                   };
                   asio::dispatch(work, std::move(call));
               });
}

}  // namespace penstock::async::detail
