// wait: until one or more of several things are ready to be received from.
#pragma once

#include <penstock/codec.hpp>
#include <penstock/detail/handle.hpp>
#include <penstock/detail/pipe_end.hpp>
#include <penstock/duration.hpp>
#include <penstock/export.hpp>
#include <penstock/pipe.hpp>
#include <penstock/queue.hpp>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

namespace penstock {

namespace blocking {
class Waitable;
}

/// One of those that `wait` waits for. Made implicitly: from queues, from ends of pipes that
/// receive, from listeners, and from descriptors of the system. It doesn't keep
/// what it is made of from being closed.
class PENSTOCK_API Waitable {
public:
    // All of these are implicit: `wait({end, listener, fd})`.

    /// Ready when it is readable, or at its end: a socket, a pipe, a pidfd (which is Python's
    /// `Process.sentinel`).
    Waitable(int fd) noexcept;  // NOLINT(google-explicit-constructor)

    /// Ready when `poll` is true.
    template <Codable T>
    Waitable(const Receiver<T>& end)  // NOLINT(google-explicit-constructor)
        : Waitable(detail::Access::handle(end).waitable())
    {}
    template <Codable T>
    Waitable(const Connection<T>& end)  // NOLINT(google-explicit-constructor)
        : Waitable(detail::Access::handle(end).waitable())
    {}

    /// Ready when a `get` would be answered at once, as when the queue has ended. The broker is
    /// asked, so a list that has queues costs a round trip.
    template <Codable T>
    Waitable(const Queue<T>& queue)  // NOLINT(google-explicit-constructor)
        : Waitable(detail::Access::handle(queue).waitable())
    {}

    /// For classes of this library, which convert themselves. Null: closed.
    explicit Waitable(std::shared_ptr<blocking::Waitable> what) noexcept;

    ~Waitable();
    Waitable(const Waitable& other);
    Waitable& operator=(const Waitable& other);
    Waitable(Waitable&& other) noexcept;
    Waitable& operator=(Waitable&& other) noexcept;

private:
    friend PENSTOCK_API std::vector<std::size_t> wait(std::span<const Waitable> list,
                                                      Duration timeout,
                                                      std::error_code& ec,
                                                      std::size_t& which);

    std::shared_ptr<blocking::Waitable> what_;
    int fd_ = -1;
    bool is_fd_ = false;
};

/// Waits until at least one of `list` is ready, and returns the indexes of all that are, rising;
/// none when the time is over. End-of-file is ready. Zero and negative timeouts are one look.
/// Python: `multiprocessing.connection.wait(list, timeout)`, which returns the objects.
///
///     for (const std::size_t i : penstock::wait({left, right, signal_fd}, 5s)) ...
///
/// What a broker has to be asked about (queues, and named pipes that it relays) is asked first, so
/// none is forgotten because others are always ready; for a slow broker what is ready waits one
/// second. A lost connection is ready: the call that follows says it.
///
/// \par Errors  errc::closed: one is closed, or was closed meanwhile by another thread, or is a
///              queue that was removed; unsupported: one only sends; disconnected: a broker didn't
///              answer within ten seconds after the time was over;
///              `std::errc::bad_file_descriptor`: a descriptor that is not open;
///              `std::errc::invalid_argument`: nothing to wait for, and no timeout;
///              errc::too_many: more than the process may have descriptors, or more queues and
///              relayed ends of one client than it may wait for: in all its threads together 32
///              times up to 64 of one list. The exception's text says which one.
/// \par Threads What is ready may be received by another thread before this one comes to it: then
///              `recv` waits. What another thread, which receives from the same end, has read ahead
///              meanwhile, is noticed with the next bytes that come.
[[nodiscard]] PENSTOCK_API std::vector<std::size_t> wait(std::span<const Waitable> list,
                                                         Duration timeout = forever);

/// As above; nothing if `ec` is set. `which` is then the one that failed, or behind the last.
[[nodiscard]] PENSTOCK_API std::vector<std::size_t> wait(std::span<const Waitable> list,
                                                         Duration timeout,
                                                         std::error_code& ec,
                                                         std::size_t& which);

[[nodiscard]] inline std::vector<std::size_t> wait(std::span<const Waitable> list,
                                                   Duration timeout,
                                                   std::error_code& ec)
{
    std::size_t which = 0;
    return wait(list, timeout, ec, which);
}

[[nodiscard]] inline std::vector<std::size_t> wait(std::initializer_list<Waitable> list,
                                                   Duration timeout = forever)
{
    return wait(std::span(list.begin(), list.size()), timeout);
}

[[nodiscard]] inline std::vector<std::size_t> wait(std::initializer_list<Waitable> list,
                                                   Duration timeout,
                                                   std::error_code& ec)
{
    return wait(std::span(list.begin(), list.size()), timeout, ec);
}

}  // namespace penstock
