// async_dial: a pipe to a listener, without a broker.
#pragma once

#include <penstock/async/detail/pipe_end.hpp>
#include <penstock/async/pipe.hpp>
#include <penstock/codec.hpp>
#include <penstock/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>
#include <string_view>
#include <utility>

namespace penstock::async {

namespace detail {

/// Whom to dial, checked and copied.
class DialTarget;
[[nodiscard]] std::shared_ptr<DialTarget> make_dial_target(asio::any_io_executor executor,
                                                           std::string_view address,
                                                           const DialOptions& options);
[[nodiscard]] asio::any_io_executor executor_of(const DialTarget& target) noexcept;
void start_dial(const std::shared_ptr<DialTarget>& target,
                HandlerOf<std::shared_ptr<PipeEnd>> handler);

}  // namespace detail

/// Connects to a listener: `penstock::Listener`, or Python's `multiprocessing.connection.Listener`.
/// Addresses, options and what a key means as for `penstock::dial`. Python: `Client(address,
/// authkey=key)`, which has no timeout.
///
/// \par Handler signature  void(error_code, Connection<T>)
/// \par Completes when     the listener has let us in, or `options.timeout` has passed
/// \par Errors             those of `penstock::dial`, asio::error::operation_aborted
/// \par Cancellation       terminal, partial, total: at once
/// \par Threads            May be called from several threads at once.
template <Codable T, class Token = asio::deferred_t>
auto async_dial(asio::any_io_executor executor,
                std::string_view address,
                DialOptions options = {},
                Token&& token = {})
{
    const auto wrap = [](error_code ec, std::shared_ptr<detail::PipeEnd> end) {
        detail::PipeEndHandle handle(std::move(end));
        return asio::deferred.values(ec, Connection<T>(std::move(handle)));
    };
    return detail::begin_converted<void(error_code, std::shared_ptr<detail::PipeEnd>)>(
        detail::make_dial_target(std::move(executor), address, options),
        detail::start_dial,
        wrap,
        std::forward<Token>(token));
}

}  // namespace penstock::async
