// The calls of the public headers about pipes, in bytes.
#include "client/src/async/answered.hpp"
#include "client/src/async/connection.hpp"
#include "client/src/async/direct_end.hpp"
#include "client/src/async/handle.hpp"
#include "client/src/async/pipe_end.hpp"
#include "client/src/async/relayed_end.hpp"
#include "client/src/io/pipe_socket.hpp"
#include "client/src/protocol/relayed_messages.hpp"
#include "client/src/protocol/requests.hpp"
#include "common/base/names.hpp"

#include <penstock/async/detail/pipe_end.hpp>

#include <memory>
#include <system_error>
#include <utility>

namespace penstock::async::detail {

namespace {

/// What OPEN has opened; null if `ec` is set.
std::shared_ptr<PipeEnd> make_end(std::shared_ptr<Handle> handle,
                                  const protocol::Answer& opened,
                                  io::Descriptor socket,
                                  std::error_code& ec)
{
    if (!protocol::passes_socket(opened, static_cast<bool>(socket), ec)) {
        return std::make_shared<RelayedEnd>(std::move(handle));
    }
    if (ec) return nullptr;
    Connection& connection = handle->connection();
    const wire::HandleId id = handle->id();
    auto end = std::make_shared<DirectEnd>(connection.executor(),
                                           std::move(socket),
                                           PipeOptions(),
                                           io::Directions(),
                                           std::move(handle));
    connection.follow(id, end);
    return end;
}

}  // namespace

asio::any_io_executor executor_of(const PipeEnd& end) noexcept
{
    return end.executor();
}

void start_open_pipe(const std::shared_ptr<Connection>& connection,
                     std::string name,
                     End end,
                     Duration timeout,
                     HandlerOf<std::shared_ptr<PipeEnd>> handler)
{
    if (!base::valid_name(name)) {
        return fail(connection->executor(),
                    std::make_error_code(std::errc::invalid_argument),
                    std::move(handler),
                    std::shared_ptr<PipeEnd>());
    }
    const wire::HandleId id = connection->new_handle();
    auto passed = std::make_shared<io::Descriptor>();
    auto then = [connection, id, passed](auto&& to, const protocol::Answer& answer) {
        std::shared_ptr<PipeEnd> opened;
        std::error_code ec = answer.ec;
        if (!ec) {
            auto handle = std::make_shared<Handle>(connection, id, false);
            opened = make_end(std::move(handle), answer, std::move(*passed), ec);
        }
        std::move(to)(to_boost(ec), std::move(opened));
    };
    connection->call(protocol::open_pipe(id, name, end),
                     timeout,
                     Answered(std::move(then), std::move(handler), connection->executor()),
                     protocol::Acknowledge::when_told,
                     passed);
}

std::shared_ptr<PipeEnd> end_from_fd(
    asio::any_io_executor executor, int fd, Half half, PipeOptions options, std::error_code& ec)
{
    io::Directions directions;
    io::Descriptor socket = io::take_over(fd, half, directions, ec);
    if (ec) return nullptr;
    return std::make_shared<DirectEnd>(std::move(executor), std::move(socket), options, directions);
}

std::shared_ptr<PipeEnd> take_over_fd(asio::any_io_executor executor,
                                      int fd,
                                      Half half,
                                      PipeOptions options)
{
    std::error_code ec;
    std::shared_ptr<PipeEnd> end = end_from_fd(std::move(executor), fd, half, options, ec);
    if (!ec) return end;
    const io::Descriptor closes(fd);
    penstock::detail::fail_from_fd(ec, fd, half);
}

void start_send(const std::shared_ptr<PipeEnd>& end,
                Bytes bytes,
                ContentType content_type,
                Duration timeout,
                HandlerOf<> handler)
{
    auto then = [](auto&& to, const PipeResult& result) { std::move(to)(to_boost(result.ec)); };
    end->send(std::move(bytes),
              content_type,
              timeout,
              Answered(std::move(then), std::move(handler), end->executor()));
}

void start_recv(const std::shared_ptr<PipeEnd>& end,
                Duration timeout,
                std::optional<Half> ends_half,
                HandlerOf<RawMessage> handler)
{
    auto then = [](auto&& to, PipeResult result) {
        std::move(to)(to_boost(result.ec), std::move(result.message));
    };
    end->recv(timeout, ends_half, Answered(std::move(then), std::move(handler), end->executor()));
}

void start_poll(const std::shared_ptr<PipeEnd>& end, Duration timeout, HandlerOf<bool> handler)
{
    auto then = [](auto&& to, const PipeResult& result) {
        std::move(to)(to_boost(result.ec), bool{result.ready});
    };
    end->poll(timeout, Answered(std::move(then), std::move(handler), end->executor()));
}

void PipeEndHandle::close() const noexcept
{
    if (end_) end_->close(half_);
}

std::pair<PipeEndHandle, PipeEndHandle> PipeEndHandle::split() &&
{
    const std::shared_ptr<PipeEnd> end = std::exchange(end_, nullptr);
    if (end) end->split();
    return {PipeEndHandle(end, Half::receiving), PipeEndHandle(end, Half::sending)};
}

}  // namespace penstock::async::detail
