// The calls of async::Client, in bytes.
#include "client/src/async/answered.hpp"
#include "client/src/async/connection.hpp"
#include "client/src/async/handle.hpp"
#include "client/src/protocol/requests.hpp"
#include "common/base/names.hpp"

#include <penstock/async/detail/calls.hpp>
#include <penstock/error.hpp>

#include <chrono>
#include <system_error>
#include <utility>

namespace penstock::async::detail {

Target make_target(std::string_view address, const ConnectOptions& options)
{
    return {
        std::string(address), std::string(options.key_file), std::string(options.name), options};
}

ConnectionPtr make_connection(asio::any_io_executor executor)
{
    return io::make_process_bound<Connection>(std::move(executor));
}

asio::any_io_executor executor_of(const Connection& connection) noexcept
{
    return connection.executor();
}

void set_state_callback(const ConnectionPtr& connection, StateCallback callback)
{
    connection->states().set(std::move(callback));
}

void start_connect(const ConnectionPtr& connection, Target target, HandlerOf<> handler)
{
    target.options.key_file = target.key_file;
    target.options.name = target.name;
    io::Connecting prepared = io::prepare(target.address, target.options);
    connection->connect(
        std::move(prepared), target.options, codes_to(std::move(handler), connection->executor()));
}

void start_open(const ConnectionPtr& connection,
                std::string name,
                QueueOptions options,
                bool joinable,
                HandlerOf<HandlePtr> handler)
{
    if (!base::valid_name(name)) {
        return fail(connection->executor(),
                    std::make_error_code(std::errc::invalid_argument),
                    std::move(handler),
                    HandlePtr());
    }
    const wire::HandleId id = connection->new_handle();
    auto then = [connection, id, joinable](auto&& to, const protocol::Answer& answer) {
        HandlePtr handle;
        if (!answer.ec) handle = std::make_shared<Handle>(connection, id, joinable);
        std::move(to)(to_boost(answer.ec), std::move(handle));
    };
    connection->call(protocol::open_queue(id, name, options),
                     Duration::zero(),
                     Answered(std::move(then), std::move(handler), connection->executor()));
}

void start_flush(const ConnectionPtr& connection, HandlerOf<> handler)
{
    connection->flush(codes_to(std::move(handler), connection->executor()));
}

void start_ping(const ConnectionPtr& connection, Duration timeout, HandlerOf<Duration> handler)
{
    const auto begin = std::chrono::steady_clock::now();
    auto then = [begin](auto&& to, const protocol::Answer& answer) {
        const Duration time = std::chrono::steady_clock::now() - begin;
        std::move(to)(to_boost(answer.ec), answer.ec ? Duration::zero() : time);
    };
    connection->call(wire::Ping{},
                     timeout,
                     Answered(std::move(then), std::move(handler), connection->executor()));
}

void close(const ConnectionPtr& connection) noexcept
{
    connection->close();
}

}  // namespace penstock::async::detail
