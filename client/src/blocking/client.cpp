#include "client/src/blocking/connection.hpp"
#include "client/src/blocking/handle.hpp"
#include "client/src/complete_error.hpp"
#include "client/src/io/connecting.hpp"
#include "client/src/io/dial.hpp"
#include "client/src/protocol/requests.hpp"
#include "client/src/protocol/timeout.hpp"
#include "common/base/names.hpp"

#include <penstock/client.hpp>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <unistd.h>
#include <utility>

namespace penstock {

namespace {

/// A connection, or why there is none, in a complete text.
struct Connected {
    std::shared_ptr<blocking::Connection> connection;
    std::error_code ec;
    std::string text;
};

Connected failure(std::error_code ec, std::string text)
{
    return {nullptr, ec, std::move(text)};
}

Connected try_connect(std::string_view text, const ConnectOptions& options)
{
    const base::TimePoint deadline =
        protocol::deadline_after(std::chrono::steady_clock::now(), options.timeout);
    io::Connecting prepared = io::prepare(text, options);
    if (prepared.ec) return failure(prepared.ec, std::move(prepared.text));
    const std::string& where = prepared.where;
    io::Dialled dialled =
        prepared.socket
            ? io::take_over(std::move(prepared.socket))
            : io::dial(prepared.endpoint, deadline, options.broker_uid, io::Party::broker);
    if (dialled.ec) return failure(dialled.ec, io::dial_text(where, dialled));
    std::shared_ptr<blocking::Connection> connection;
    try {
        connection = io::make_process_bound<blocking::Connection>(std::move(dialled.socket),
                                                                  std::move(prepared.session));
    } catch (const std::system_error& error) {
        return failure(error.code(), "connect to " + where + ": " + error.code().message());
    }
    std::string why;
    const std::error_code ec = connection->open(deadline, why);
    if (ec) return failure(ec, io::open_text(where, ec, why, dialled.peer_uid));
    return {std::move(connection), {}, {}};
}

}  // namespace

Client::Client() noexcept = default;
Client::Client(std::shared_ptr<blocking::Connection> connection) noexcept
    : connection_(std::move(connection))
{}
Client::~Client()
{
    close();
}
Client::Client(Client&& other) noexcept = default;
Client& Client::operator=(Client&& other) noexcept
{
    if (this != &other) {
        close();
        connection_ = std::move(other.connection_);
    }
    return *this;
}

bool Client::may_open(std::string_view name, std::error_code& ec) const
{
    ec.clear();
    if (!base::valid_name(name)) {
        ec = std::make_error_code(std::errc::invalid_argument);
    } else if (!connection_) {
        ec = errc::disconnected;
    } else if (connection_->inherited()) {
        ec = errc::forked;
    }
    return !ec;
}

detail::QueueHandle Client::open(std::string_view name,
                                 const QueueOptions& options,
                                 bool joinable,
                                 std::error_code& ec)
{
    if (!may_open(name, ec)) return {};
    const wire::HandleId handle = connection_->new_handle();
    ec = connection_->call(protocol::open_queue(handle, name, options), Duration::zero()).ec;
    if (ec) return {};
    return detail::QueueHandle(
        io::make_process_bound<blocking::Handle>(connection_, handle, std::string(name), joinable));
}

void Client::throw_open_error(std::error_code ec, std::string_view name)
{
    throw_named_error(ec, "queue", name);
}

Admin Client::admin() const
{
    return Admin(connection_);
}

void Client::flush(std::error_code& ec)
{
    ec = connection_ ? connection_->flush() : errc::disconnected;
}

void Client::flush()
{
    std::error_code ec;
    flush(ec);
    if (ec) throw_error(ec, "flush");
}

Duration Client::ping(Duration timeout, std::error_code& ec)
{
    ec = errc::disconnected;
    if (!connection_) return {};
    const auto start = std::chrono::steady_clock::now();
    ec = connection_->call(wire::Ping{}, timeout).ec;
    return std::chrono::steady_clock::now() - start;
}

Duration Client::ping(Duration timeout)
{
    std::error_code ec;
    const Duration time = ping(timeout, ec);
    if (ec) throw_error(ec, "ping");
    return time;
}

void Client::close() noexcept
{
    if (connection_) connection_->close();
}

Client connect()
{
    return connect({}, ConnectOptions());
}

Client connect(std::string_view address, ConnectOptions options)
{
    Connected result = try_connect(address, options);
    if (result.ec) throw CompleteError(result.ec, result.text);
    return Client(std::move(result.connection));
}

Client connect(std::string_view address, ConnectOptions options, std::error_code& ec)
{
    Connected result = try_connect(address, options);
    ec = result.ec;
    return Client(std::move(result.connection));
}

std::string default_address()
{
    const char* url = std::getenv("PENSTOCK_URL");
    if (url != nullptr && *url != '\0') return url;
    return to_string(io::find_address({}).endpoint);
}

std::string_view version() noexcept
{
    return PENSTOCK_VERSION;
}

}  // namespace penstock
