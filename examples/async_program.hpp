// What the examples with Asio have in common: a broker, a connection, tasks that end together, and
// Ctrl-C.
#pragma once

#include <penstock/async/client.hpp>
#include <penstock/broker.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

namespace examples {

namespace asio = boost::asio;
namespace async = penstock::async;

/// An operation with this token gives its error as a value, and throws nothing.
inline constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

/// The broker that PENSTOCK_URL names, else one inside this program, which ends with it.
class SomeBroker {
public:
    SomeBroker();
    [[nodiscard]] const std::string& address() const { return address_; }

private:
    std::optional<penstock::Broker> own_;
    std::string address_;
};

/// `async_connect`; what it throws says what to do, as the blocking client's exceptions do. The
/// client has to live until it is done.
asio::awaitable<void> connect(async::Client& client, std::string address);

/// Removes a queue; one that isn't there, or a broker that is gone, is as good.
asio::awaitable<void> remove(async::Client& client, std::string name);

/// Runs all of `tasks` at the same time, to their ends, as Python's asyncio.TaskGroup does: when
/// one throws, the others are cancelled, and that exception is thrown here.
///
/// `one && another` would also cancel, but if both have thrown then, as they mostly have, it throws
/// that of the left one, even if that was only cancelled.
asio::awaitable<void> all(std::vector<asio::awaitable<void>> tasks);

/// Runs `task`. SIGINT or SIGTERM cancels it, and then this throws "interrupted". A second one, in
/// what is done afterwards, has its usual effect.
///
/// `task || signals.async_wait(...)` waits for the first *success*: if the task threw, it would go
/// on to wait for a signal.
asio::awaitable<void> until_signal(asio::awaitable<void> task);

/// Runs `program` in an event loop; what it throws goes to stderr. Gives the exit code.
int run(const std::string& name, asio::awaitable<void> program);

}  // namespace examples
