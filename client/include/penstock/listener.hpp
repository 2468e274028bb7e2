// Listener: where pipes without a broker are asked for.
#pragma once

#include <penstock/codec.hpp>
#include <penstock/detail/pipe_end.hpp>
#include <penstock/duration.hpp>
#include <penstock/error.hpp>
#include <penstock/export.hpp>
#include <penstock/options.hpp>
#include <penstock/pipe.hpp>
#include <penstock/wait.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace penstock::blocking {
class Listener;
}

namespace penstock {

/// Who has connected, as far as the system knows.
struct PeerInfo {
    /// `tcp:host:port`; empty on a Unix socket, where a client has no address.
    std::string address;
    // Unix sockets: of the process that connected.
    std::optional<std::uint32_t> uid = std::nullopt;
    std::optional<std::int32_t> pid = std::nullopt;
};

/// Listens at an address, and makes a pipe to each who comes and has the key: programs that call
/// `dial`, or Python's `multiprocessing.connection.Client`. Python:
/// `multiprocessing.connection.Listener`.
///
///     penstock::Listener listener("unix:/tmp/greetings", {.key_file = "greetings.key"});
///     while (true) {
///         auto pipe = listener.accept<std::string>();
///         std::puts(pipe.recv().c_str());
///     }
///
/// Each peer shakes hands on its own: one that is silent, slow or has the wrong key never holds up
/// nor ends `accept` (Python's does both); it is closed and counted. All handshakes are driven by
/// `accept`, or `wait`, without a helper thread. While nobody is there they rest, and who is done
/// with his waits, like those in the system's queue, until the next call.
///
/// \par Address       `unix:/path`, `tcp:host:port`, `tcp:[::1]:port`; port 0: the system chooses
///                    one, see `address()`. Python's abstract addresses ("\0name") are not
///                    supported, and an empty address, which Python makes one for, neither.
///                    A path that a living listener has is refused; the socket of one that is dead
///                    is replaced. Between two that start at once a lock of the folder decides.
/// \par Threads       All members may be called from several threads at once, but for moving,
///                    assigning and destroying. Of several in `accept` each peer goes to one.
/// \par Cancellation  `close()` in another thread ends waiting calls with errc::closed. Signals
///                    don't interrupt a call.
/// \par fork          It belongs to its process. In a child it is closed, but the address stays the
///                    parent's: `accept` gives errc::forked. The pipes that were accepted are
///                    inherited.
class PENSTOCK_API Listener {
public:
    /// Closed: every call gives errc::closed. So is one that was moved from.
    Listener() noexcept;
    /// Listens from now on. Without a key, on TCP, only at loopback.
    ///
    /// \par Errors  a code of `std::system_category()`, such as `std::errc::address_in_use`;
    ///              `std::errc::invalid_argument`: an address, a key or an option that can't be
    ///              meant
    explicit Listener(std::string_view address, ListenerOptions options = {});
    /// As above; closed if `ec` is set.
    Listener(std::string_view address, ListenerOptions options, std::error_code& ec);
    ~Listener();
    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&& other) noexcept;

    /// Waits for a peer that comes, and has the key if there is one. Python: `Listener.accept()`,
    /// which has no timeout and ends with the error of whichever peer failed.
    ///
    /// \par Errors  errc::timed_out, closed, forked; a code of `std::system_category()`: this
    ///              process or the system has no descriptors or memory left for a connection that
    ///              waits. It goes on waiting: call again when there are some.
    template <Codable T>
    [[nodiscard]] Connection<T> accept(Duration timeout = forever)
    {
        std::error_code ec;
        detail::PipeEndHandle end = accept_end(timeout, ec);
        if (ec) throw_error(ec, "accept at " + address());
        return Connection<T>(std::move(end));
    }

    /// As above; a closed end if `ec` is set.
    template <Codable T>
    [[nodiscard]] Connection<T> accept(Duration timeout, std::error_code& ec)
    {
        return Connection<T>(accept_end(timeout, ec));
    }

    /// Where it listens, in the form that `dial` takes, with the port that the system chose.
    /// Python: `Listener.address`.
    [[nodiscard]] std::string address() const;

    /// Of the pipe that `accept` returned last, in whichever thread. Python:
    /// `Listener.last_accepted`.
    [[nodiscard]] PeerInfo last_accepted() const;

    /// How many peers were closed because their handshake failed or took too long, or because they
    /// were not let in.
    [[nodiscard]] std::uint64_t failures() const noexcept;
    /// Who that was last, and why; for a log.
    [[nodiscard]] std::string last_failure() const;

    /// Readable means: call `accept` with a timeout of zero, which drives the handshakes that are
    /// under way and may find nobody. -1 if it is closed. Where several things are to be waited
    /// for, prefer `wait`, which is ready only when `accept` returns at once.
    [[nodiscard]] int fileno() const noexcept;

    /// For `wait`: ready when `accept` returns at once. It drives the handshakes meanwhile, but a
    /// peer who says nothing more is given up only when another one does something, or in `accept`.
    operator Waitable() const;  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool closed() const noexcept;

    /// Ends listening, and waiting calls; removes the Unix socket's file, if it is still this
    /// one's. The pipes that were accepted go on. Idempotent. Python: `Listener.close()`.
    void close() noexcept;

private:
    void open(std::string_view address, const ListenerOptions& options, std::error_code* ec);
    [[nodiscard]] detail::PipeEndHandle accept_end(Duration timeout, std::error_code& ec);

    std::shared_ptr<blocking::Listener> listener_;
};

}  // namespace penstock
