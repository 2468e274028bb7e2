// PipeEnd: one end of a pipe, in bytes: what penstock::Connection, Receiver and Sender stand on.
//
// All members may be called from several threads at once, but for release(). One thread sends and
// one receives at a time; the others wait their turn, as part of their timeout. close() in another
// thread ends waiting calls with errc::closed.
#pragma once

#include "client/src/blocking/waitable.hpp"

#include <penstock/codec.hpp>
#include <penstock/detail/pipe_end.hpp>
#include <penstock/duration.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <system_error>

namespace penstock::blocking {

/// As a Waitable it is ready when poll() is.
class PipeEnd : public Waitable {
public:
    /// Sets or clears `ec`, as all that take one; true if the message is sent.
    ///
    /// errc::timed_out: nothing of it was sent; in_doubt: the time was over when a part of it was,
    /// the rest goes out with the next call; closed: by this process, or the other side is gone;
    /// too_large; unsupported: this end only receives.
    virtual bool send(std::span<const std::byte> bytes,
                      ContentType content_type,
                      Duration timeout,
                      std::error_code& ec) = 0;

    /// errc::timed_out; eof; closed: by this process; too_large: the message is longer than
    /// `maxlength` or the end's own limit, and receiving has ended for good; unsupported: this end
    /// only sends; protocol: the other side broke off inside a message.
    [[nodiscard]] virtual detail::RawMessage recv(Duration timeout,
                                                  std::size_t maxlength,
                                                  std::error_code& ec) = 0;

    /// The size of the message that was put into `buffer`. If it is too short: errc::
    /// buffer_too_short, and the message is in `whole`. Else errors as recv().
    [[nodiscard]] virtual std::size_t recv_into(std::span<std::byte> buffer,
                                                Duration timeout,
                                                detail::RawMessage& whole,
                                                std::error_code& ec);

    /// Whether a message has begun to arrive, or recv() would fail at once. errc::closed and
    /// unsupported as there.
    [[nodiscard]] virtual bool poll(Duration timeout, std::error_code& ec) = 0;

    /// Readable means: call poll(0). -1 if it is closed.
    [[nodiscard]] virtual int fileno() const noexcept = 0;

    /// Idempotent. The other side gets end-of-file when all processes that share the end have
    /// closed it.
    virtual void close() noexcept = 0;
    [[nodiscard]] virtual bool closed() const noexcept = 0;

    /// From now on each half ends by itself. Where this process does it, not a child.
    virtual void split() noexcept = 0;
    /// The two halves of a split end: their calls are errc::closed from now on, and those that wait
    /// end so. The other side gets end-of-file, or errc::closed for what it sends. In a child:
    /// nothing, until both are done with.
    virtual void end_sending() noexcept = 0;
    virtual void end_receiving() noexcept = 0;
    [[nodiscard]] virtual bool sending_ended() const noexcept = 0;
    [[nodiscard]] virtual bool receiving_ended() const noexcept = 0;

    /// The descriptor leaves the object, which is closed then. errc::unsupported if it has none of
    /// its own, or part of a message is here and not in the socket.
    [[nodiscard]] virtual int release(std::error_code& ec) = 0;

    /// For texts of exceptions: "pipe 'name'".
    [[nodiscard]] virtual std::string label() const = 0;
};

}  // namespace penstock::blocking
