#include "client/src/blocking/connection.hpp"
#include "client/src/complete_error.hpp"
#include "client/src/protocol/admin_requests.hpp"
#include "client/src/protocol/changes.hpp"
#include "common/base/names.hpp"

#include <penstock/admin.hpp>
#include <penstock/duration.hpp>
#include <penstock/error.hpp>

#include <optional>
#include <string>
#include <utility>

namespace penstock {

namespace {

protocol::Answer ask(blocking::Connection* connection, protocol::Request request)
{
    if (connection != nullptr) return connection->call(std::move(request), Duration::zero());
    return protocol::failed(errc::disconnected);
}

/// One request after the other, until `questions` has no more.
template <class Questions>
auto ask_all(blocking::Connection* connection, Questions& questions, std::error_code& ec)
{
    while (std::optional<protocol::Request> request = questions.next()) {
        questions.answered(ask(connection, std::move(*request)));
    }
    return questions.take(ec);
}

protocol::Answer command(blocking::Connection* connection,
                         wire::AdminVerb verb,
                         const QueueRef& queue)
{
    if (base::valid_name(queue.name)) return ask(connection, protocol::request_of(verb, queue));
    return protocol::failed(std::make_error_code(std::errc::invalid_argument));
}

bool usable(std::string_view name, std::error_code& ec)
{
    if (base::valid_name(name)) return true;
    ec = std::make_error_code(std::errc::invalid_argument);
    return false;
}

void throw_if(const std::error_code& ec, const char* call, std::string_view name)
{
    if (ec) throw_named_error(ec, call, name);
}

}  // namespace

Admin::Admin() noexcept = default;
Admin::Admin(std::shared_ptr<blocking::Connection> connection) noexcept
    : connection_(std::move(connection))
{}
Admin::~Admin() = default;
Admin::Admin(const Admin&) = default;
Admin::Admin(Admin&&) noexcept = default;
Admin& Admin::operator=(const Admin&) = default;
Admin& Admin::operator=(Admin&&) noexcept = default;

std::vector<QueueStat> Admin::list(std::error_code& ec) const
{
    protocol::QueueList list;
    return ask_all(connection_.get(), list, ec);
}

QueueStat Admin::stat(std::string_view name, std::error_code& ec) const
{
    if (!usable(name, ec)) return {};
    return protocol::to_queue_stat(ask(connection_.get(), protocol::read_stat(name)), ec);
}

BrokerStat Admin::broker_stat(std::error_code& ec) const
{
    return protocol::to_broker_stat(ask(connection_.get(), protocol::read_broker_stat()), ec);
}

std::vector<PeekedItem> Admin::peek(std::string_view name,
                                    std::size_t count,
                                    std::uint64_t offset,
                                    std::uint32_t head_size_max,
                                    std::error_code& ec) const
{
    if (!usable(name, ec)) return {};
    protocol::Peek peek(name, count, offset, head_size_max);
    return ask_all(connection_.get(), peek, ec);
}

std::uint64_t Admin::purge(const QueueRef& queue, std::error_code& ec) const
{
    return protocol::to_dropped(command(connection_.get(), wire::AdminVerb::purge, queue), ec);
}

std::uint64_t Admin::remove(const QueueRef& queue, std::error_code& ec) const
{
    return protocol::to_dropped(command(connection_.get(), wire::AdminVerb::remove, queue), ec);
}

void Admin::pause(const QueueRef& queue, std::error_code& ec) const
{
    ec = command(connection_.get(), wire::AdminVerb::pause, queue).ec;
}

void Admin::resume(const QueueRef& queue, std::error_code& ec) const
{
    ec = command(connection_.get(), wire::AdminVerb::resume, queue).ec;
}

std::uint64_t Admin::move(const QueueRef& from,
                          std::string_view to,
                          std::uint64_t count,
                          std::error_code& ec) const
{
    if (!protocol::can_move(from.name, to, count)) {
        ec = std::make_error_code(std::errc::invalid_argument);
        return 0;
    }
    return protocol::to_moved(ask(connection_.get(), protocol::move_of(from, to, count)), ec);
}

void Admin::kick(std::uint64_t connection, std::error_code& ec) const
{
    ec = ask(connection_.get(), protocol::kick_of(connection)).ec;
}

Changes<QueueRow> Admin::queue_changes(std::uint64_t since, std::error_code& ec) const
{
    return protocol::to_queue_changes(
        ask(connection_.get(), protocol::read_changes(wire::RowKind::queues, since)), ec);
}

Changes<PipeStat> Admin::pipe_changes(std::uint64_t since, std::error_code& ec) const
{
    return protocol::to_pipe_changes(
        ask(connection_.get(), protocol::read_changes(wire::RowKind::pipes, since)), ec);
}

Changes<ConnectionStat> Admin::connection_changes(std::uint64_t since, std::error_code& ec) const
{
    return protocol::to_connection_changes(
        ask(connection_.get(), protocol::read_changes(wire::RowKind::connections, since)), ec);
}

Events Admin::events(std::uint64_t since, std::error_code& ec) const
{
    protocol::EventList list(since);
    return ask_all(connection_.get(), list, ec);
}

Changes<QueueRow> Admin::queue_changes(std::uint64_t since) const
{
    std::error_code ec;
    auto result = queue_changes(since, ec);
    if (ec) throw_error(ec, "changes of queues");
    return result;
}

Changes<PipeStat> Admin::pipe_changes(std::uint64_t since) const
{
    std::error_code ec;
    auto result = pipe_changes(since, ec);
    if (ec) throw_error(ec, "changes of pipes");
    return result;
}

Changes<ConnectionStat> Admin::connection_changes(std::uint64_t since) const
{
    std::error_code ec;
    auto result = connection_changes(since, ec);
    if (ec) throw_error(ec, "changes of connections");
    return result;
}

Events Admin::events(std::uint64_t since) const
{
    std::error_code ec;
    auto result = events(since, ec);
    if (ec) throw_error(ec, "events");
    return result;
}

std::vector<QueueStat> Admin::list() const
{
    std::error_code ec;
    auto result = list(ec);
    if (ec) throw_error(ec, "list of queues");
    return result;
}

QueueStat Admin::stat(std::string_view name) const
{
    std::error_code ec;
    auto result = stat(name, ec);
    throw_if(ec, "stat of", name);
    return result;
}

BrokerStat Admin::broker_stat() const
{
    std::error_code ec;
    auto result = broker_stat(ec);
    if (ec) throw_error(ec, "stat of the broker");
    return result;
}

std::vector<PeekedItem> Admin::peek(std::string_view name,
                                    std::size_t count,
                                    std::uint64_t offset,
                                    std::uint32_t head_size_max) const
{
    std::error_code ec;
    auto result = peek(name, count, offset, head_size_max, ec);
    throw_if(ec, "peek at", name);
    return result;
}

std::uint64_t Admin::purge(const QueueRef& queue) const
{
    std::error_code ec;
    const std::uint64_t dropped = purge(queue, ec);
    throw_if(ec, "purge of", queue.name);
    return dropped;
}

std::uint64_t Admin::remove(const QueueRef& queue) const
{
    std::error_code ec;
    const std::uint64_t dropped = remove(queue, ec);
    throw_if(ec, "remove of", queue.name);
    return dropped;
}

void Admin::pause(const QueueRef& queue) const
{
    std::error_code ec;
    pause(queue, ec);
    throw_if(ec, "pause of", queue.name);
}

void Admin::resume(const QueueRef& queue) const
{
    std::error_code ec;
    resume(queue, ec);
    throw_if(ec, "resume of", queue.name);
}

std::uint64_t Admin::move(const QueueRef& from, std::string_view to, std::uint64_t count) const
{
    std::error_code ec;
    const std::uint64_t moved = move(from, to, count, ec);
    if (!ec) return moved;
    const std::string text = "move from '" + from.name + "'";
    if (from.name == to) throw CompleteError(ec, text + ": to itself; name another queue");
    if (count == 0) throw CompleteError(ec, text + ": nothing at all; ask for 1 item or more");
    if (ec == errc::closed) {
        throw CompleteError(ec, text + ": '" + std::string(to) + "' has ended and takes no more");
    }
    // Whichever of the names can't be one.
    if (!base::valid_name(from.name)) throw_named_error(ec, "move from", from.name);
    throw_if(ec, (text + " to").c_str(), to);
    return 0;
}

void Admin::kick(std::uint64_t connection) const
{
    std::error_code ec;
    kick(connection, ec);
    const std::string text = "kick of connection " + std::to_string(connection);
    if (ec == errc::not_found) throw CompleteError(ec, text + ": there is none of that number");
    if (ec) throw_error(ec, text);
}

}  // namespace penstock
