// The calls of the public headers, in bytes.
#include "client/src/async/answered.hpp"
#include "client/src/async/connection.hpp"
#include "client/src/async/handle.hpp"
#include "client/src/protocol/requests.hpp"
#include "common/base/names.hpp"

#include <penstock/async/detail/calls.hpp>
#include <penstock/error.hpp>

#include <system_error>

namespace penstock::async::detail {

Target make_target(std::string_view address, const ConnectOptions& options)
{
    return {
        std::string(address), std::string(options.key_file), std::string(options.name), options};
}

std::shared_ptr<Connection> make_connection(asio::any_io_executor executor)
{
    return std::make_shared<Connection>(std::move(executor));
}

void start_connect(const std::shared_ptr<Connection>& connection,
                   Target target,
                   HandlerOf<> handler)
{
    target.options.key_file = target.key_file;
    target.options.name = target.name;
    io::Connecting prepared = io::prepare(target.address, target.options);
    auto then = [](auto&& to, const protocol::Answer& answer) {
        std::move(to)(to_boost(answer.ec));
    };
    connection->connect(std::move(prepared),
                        target.options,
                        Answered(std::move(then), std::move(handler), connection->executor()));
}

void start_open(const std::shared_ptr<Connection>& connection,
                std::string name,
                QueueOptions options,
                HandlerOf<std::shared_ptr<Handle>> handler)
{
    if (!base::valid_name(name)) {
        return fail(connection->executor(),
                    std::make_error_code(std::errc::invalid_argument),
                    std::move(handler),
                    std::shared_ptr<Handle>());
    }
    const wire::HandleId id = connection->new_handle();
    auto then = [connection, id](auto&& to, protocol::Answer answer) {
        std::shared_ptr<Handle> handle;
        if (!answer.ec) handle = std::make_shared<Handle>(connection, id);
        std::move(to)(to_boost(answer.ec), std::move(handle));
    };
    connection->call(protocol::open_queue(id, name, options),
                     Duration::zero(),
                     Answered(std::move(then), std::move(handler), connection->executor()));
}

void close(const std::shared_ptr<Connection>& connection) noexcept
{
    connection->close();
}

asio::any_io_executor executor_of(const Connection& connection) noexcept
{
    return connection.executor();
}

asio::any_io_executor executor_of(const Handle& handle) noexcept
{
    return handle.connection().executor();
}

void start_put(const std::shared_ptr<Handle>& handle,
               Bytes bytes,
               PutSpec spec,
               Duration timeout,
               HandlerOf<> handler)
{
    Connection& connection = handle->connection();
    std::error_code ec = protocol::check_put(bytes.size(), spec);
    if (handle->closed()) ec = errc::closed;
    if (ec) return fail(connection.executor(), ec, std::move(handler));
    auto then = [](auto&& to, const protocol::Answer& answer) {
        std::move(to)(to_boost(answer.ec));
    };
    connection.call(protocol::put_one(handle->id(), std::move(bytes), spec),
                    timeout,
                    Answered(std::move(then), std::move(handler), connection.executor()));
}

void start_get(const std::shared_ptr<Handle>& handle, Duration timeout, HandlerOf<RawItem> handler)
{
    Connection& connection = handle->connection();
    if (handle->closed()) {
        return fail(connection.executor(), errc::closed, std::move(handler), RawItem());
    }
    auto then = [handle](auto&& to, const protocol::Answer& answer) {
        RawItem item;
        if (!answer.ec) {
            item = protocol::to_item(
                answer.items.front(), answer.op, handle->connection().session_number());
        }
        std::move(to)(to_boost(answer.ec), std::move(item));
    };
    connection.call(protocol::get_many(handle->id(), 1),
                    timeout,
                    Answered(std::move(then), std::move(handler), connection.executor()));
}

void close(const std::shared_ptr<Handle>& handle) noexcept
{
    handle->close();
}

}  // namespace penstock::async::detail
