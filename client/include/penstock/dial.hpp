// dial: a pipe to a listener, without a broker.
#pragma once

#include <penstock/codec.hpp>
#include <penstock/detail/pipe_end.hpp>
#include <penstock/export.hpp>
#include <penstock/options.hpp>
#include <penstock/pipe.hpp>

#include <string_view>
#include <system_error>
#include <utility>

namespace penstock {

namespace detail {

/// Throws if `ec` is null; else a closed end if it is set.
[[nodiscard]] PENSTOCK_API PipeEndHandle dial(std::string_view address,
                                              const DialOptions& options,
                                              std::error_code* ec);

}  // namespace detail

/// Connects to a listener: ours, or Python's `multiprocessing.connection.Listener`. The address is
/// `unix:/path`, `tcp:host:port` or `tcp:[::1]:port`. Python: `Client(address, authkey=key)`, which
/// has no timeout.
///
///     auto pipe = penstock::dial<std::string>("unix:/tmp/greetings", {.key = key});
///     pipe.send("hello");
///
/// Without a key nothing is said before the first message: if the other side does ask for one, its
/// challenge is the first thing that `recv` gets, as with Python. With a key, a listener that asks
/// for none never speaks: that is errc::timed_out. A listener that has the key is still not proven
/// to be the one that you mean, nor is the stream protected: there is no TLS.
///
/// \par Threads       May be called from several threads at once.
/// \par Cancellation  None but the timeout.
/// \par Errors        errc::timed_out: connecting or the handshake took too long;
///                    refused: another key, none at all, or the listener's process is of a user
///                    who is not trusted;
///                    disconnected: it closed the connection during the handshake;
///                    a code of `std::system_category()`: nobody listens there, no such host;
///                    `std::errc::invalid_argument`: an address or a key that can't be meant
template <Codable T>
[[nodiscard]] Connection<T> dial(std::string_view address, DialOptions options = {})
{
    return Connection<T>(detail::dial(address, options, nullptr));
}

/// As above; a closed end if `ec` is set.
template <Codable T>
[[nodiscard]] Connection<T> dial(std::string_view address, DialOptions options, std::error_code& ec)
{
    return Connection<T>(detail::dial(address, options, &ec));
}

}  // namespace penstock
