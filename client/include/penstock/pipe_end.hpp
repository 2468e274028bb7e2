// What the ends of pipes can do; the ends themselves are in pipe.hpp.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/codec.hpp>
#include <penstock/detail/pipe_end.hpp>
#include <penstock/duration.hpp>
#include <penstock/error.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace penstock {

namespace detail {
class Access;
}

/// What `recv_message` returns.
template <Codable T>
struct Message {
    T value{};
    /// What the other side's codec said, where the pipe carries it: through a broker. A direct pipe
    /// (and Python at its other end) carries bytes only; there it is `bytes`, or `pickle` for what
    /// looks like one. A pickle is never decoded.
    ContentType content_type = ContentType::bytes;
};

/// What all ends of pipes have.
class PipeEnd {
public:
    /// Readable means: call `poll()`. Not more: what has arrived may have been read ahead, so ask
    /// `poll()` first, or use `wait`. -1 if the end is closed. Python: `Connection.fileno()`.
    [[nodiscard]] int fileno() const noexcept { return handle_.fileno(); }

    /// Whether this process has closed it. Python: `Connection.closed`.
    [[nodiscard]] bool closed() const noexcept { return handle_.closed(); }

    /// Closes this end, for this process. Calls that wait in other threads, and later ones, give
    /// errc::closed. The other side receives what was sent, then end-of-file: when all processes
    /// that have inherited the end have closed it. Idempotent. Python: `Connection.close()`.
    void close() noexcept { handle_.close(); }

    /// Takes the descriptor out of the object, which is closed by that: to hand it to a program
    /// that makes an end of it again (`from_fd`). It is the caller's to close, and from now on goes
    /// across exec, as Python's `os.set_inheritable(fd, True)`. No other call may be under way.
    ///
    /// \par Errors  errc::closed; errc::unsupported: the end is not a direct one, or half of a
    /// split
    ///              one, or bytes that arrived were read ahead or a part of a message is unsent:
    ///              receive, or send, what there is before.
    [[nodiscard]] int release()
    {
        std::error_code ec;
        const int fd = release(ec);
        if (ec) handle_.fail(ec, detail::PipeCall::release);
        return fd;
    }

    /// As above; -1 if `ec` is set.
    [[nodiscard]] int release(std::error_code& ec) { return handle_.release(ec); }

protected:
    friend class detail::Access;

    PipeEnd() noexcept = default;
    explicit PipeEnd(detail::PipeEndHandle handle) noexcept : handle_(std::move(handle)) {}
    ~PipeEnd() = default;
    PipeEnd(PipeEnd&&) noexcept = default;
    PipeEnd& operator=(PipeEnd&&) noexcept = default;

    detail::PipeEndHandle handle_;
};

namespace detail {

/// The half that sends.
template <Codable T, class Base>
class Sending : public Base {
public:
    /// Sends `item` as one message; returns when the system has taken all of it. Python:
    /// `Connection.send(obj)`, which has no timeout.
    ///
    /// \par Errors  errc::timed_out: nothing was sent;
    ///              in_doubt (`InDoubt`): the time was over when a part of the message was sent.
    ///              The rest goes out with the next send, before anything else. If there is none,
    ///              the other side finds that the pipe ends inside a message; closed: this end is,
    ///              or the other one is gone (Python: `BrokenPipeError`; there is no SIGPIPE);
    ///              too_large: see `PipeOptions`;
    ///              unsupported: an end made of a descriptor turns out to be one that only
    ///              receives.
    void send(const T& item, Duration timeout = forever)
    {
        std::error_code ec;
        send(item, timeout, ec);
        if (ec) this->handle_.fail(ec, PipeCall::send);
    }

    /// As above; true if the message was sent, else `ec` says why not.
    bool send(const T& item, Duration timeout, std::error_code& ec)
    {
        if constexpr (std::same_as<T, Bytes>) {
            return this->handle_.send(item, content_type_of<T>, timeout, ec);
        } else {
            Bytes bytes;
            Codec<T>::encode(item, bytes);
            return this->handle_.send(bytes, content_type_of<T>, timeout, ec);
        }
    }

    /// `send` of bytes that lie anywhere. None at all are a message, too. Python:
    /// `Connection.send_bytes(buf)`.
    void send_bytes(std::span<const std::byte> bytes,
                    Duration timeout = forever) requires std::same_as<T, Bytes>
    {
        std::error_code ec;
        send_bytes(bytes, timeout, ec);
        if (ec) this->handle_.fail(ec, PipeCall::send);
    }

    bool send_bytes(std::span<const std::byte> bytes,
                    Duration timeout,
                    std::error_code& ec) requires std::same_as<T, Bytes>
    {
        return this->handle_.send(bytes, ContentType::bytes, timeout, ec);
    }

protected:
    using Base::Base;
};

/// The half that receives.
template <Codable T, class Base>
class Receiving : public Base {
public:
    /// Waits for a message and takes it. One that the codec can't decode is consumed; the
    /// exception, `BadMessage`, carries its bytes. What of a message has arrived when the time is
    /// over stays for the next call. Python: `Connection.recv()`, which has no timeout.
    ///
    /// \par Errors  errc::timed_out; eof (`EndOfFile`): the other side is gone, and all that it
    ///              sent was received; bad_message (`BadMessage`); closed: this end is;
    ///              too_large: see `PipeOptions`; receiving has ended by that, and later calls are
    ///              errc::unsupported (Python: "connection is write-only"), or closed if the end
    ///              can't send;
    ///              protocol: the other side ended inside a message (Python: `OSError`, "got end of
    ///              file during message"), or what comes isn't a message;
    ///              unsupported: an end made of a descriptor turns out to be one that only sends.
    [[nodiscard]] T recv(Duration timeout = forever) { return recv_message(timeout).value; }

    /// As above; no value if `ec` is set. With errc::bad_message the bytes are lost: use the
    /// throwing form, or an end for `Bytes`, if they matter.
    [[nodiscard]] std::optional<T> recv(Duration timeout, std::error_code& ec)
    {
        std::optional<Message<T>> message = recv_message(timeout, ec);
        if (!message) return std::nullopt;
        return std::move(message->value);
    }

    /// `recv` with what is known about the content. Python: none.
    [[nodiscard]] Message<T> recv_message(Duration timeout = forever)
    {
        std::error_code ec;
        RawMessage raw = take(any_length, timeout, ec);
        if (ec) this->handle_.fail(ec, PipeCall::recv);
        std::optional<Message<T>> message = decode(raw, ec);
        if (message) return std::move(*message);
        throw BadMessage("recv from " + this->handle_.label(), std::move(raw.bytes));
    }

    /// As above; no value if `ec` is set.
    [[nodiscard]] std::optional<Message<T>> recv_message(Duration timeout, std::error_code& ec)
    {
        RawMessage raw = take(any_length, timeout, ec);
        if (ec) return std::nullopt;
        return decode(raw, ec);
    }

    /// `recv` of a message that has at most `maxlength` bytes. A longer one ends receiving:
    /// errc::too_large, and then as there. Python: `Connection.recv_bytes(maxlength)`, "bad message
    /// length".
    [[nodiscard]] Bytes recv_bytes(std::size_t maxlength = any_length,
                                   Duration timeout = forever) requires std::same_as<T, Bytes>
    {
        std::error_code ec;
        Bytes bytes = recv_bytes(maxlength, timeout, ec);
        if (ec) this->handle_.fail(ec, PipeCall::recv);
        return bytes;
    }

    /// As above; nothing if `ec` is set.
    [[nodiscard]] Bytes recv_bytes(std::size_t maxlength,
                                   Duration timeout,
                                   std::error_code& ec) requires std::same_as<T, Bytes>
    {
        return take(maxlength, timeout, ec).bytes;
    }

    /// Receives a message to the front of `buffer` and returns its size. Takes no memory for it.
    /// Python: `Connection.recv_bytes_into(buf)`.
    ///
    /// \par Errors  as `recv`, and errc::buffer_too_short: the message is consumed, and whole in
    /// the
    ///              exception, `BufferTooShort`
    [[nodiscard]] std::size_t recv_bytes_into(
        std::span<std::byte> buffer, Duration timeout = forever) requires std::same_as<T, Bytes>
    {
        std::error_code ec;
        RawMessage whole;
        const std::size_t size = take_into(buffer, timeout, whole, ec);
        if (ec == errc::buffer_too_short) {
            throw BufferTooShort("recv_bytes_into from " + this->handle_.label(),
                                 std::move(whole.bytes));
        }
        if (ec) this->handle_.fail(ec, PipeCall::recv);
        return size;
    }

    /// As above. With errc::buffer_too_short the message is lost: use the throwing form if it
    /// matters.
    [[nodiscard]] std::size_t recv_bytes_into(std::span<std::byte> buffer,
                                              Duration timeout,
                                              std::error_code& ec) requires std::same_as<T, Bytes>
    {
        RawMessage whole;
        return take_into(buffer, timeout, whole, ec);
    }

    /// Whether there is something to receive: a message has at least begun to arrive, or the other
    /// side is gone. Waits for it up to `timeout`, by default not at all. While another thread
    /// receives there is nothing. Python: `Connection.poll(timeout)`.
    ///
    /// \par Errors  errc::closed, unsupported
    [[nodiscard]] bool poll(Duration timeout = Duration::zero())
    {
        std::error_code ec;
        const bool ready = poll(timeout, ec);
        if (ec) this->handle_.fail(ec, PipeCall::poll);
        return ready;
    }

    /// As above; false if `ec` is set.
    [[nodiscard]] bool poll(Duration timeout, std::error_code& ec)
    {
        return this->handle_.poll(timeout, ec);
    }

protected:
    using Base::Base;

private:
    RawMessage take(std::size_t maxlength, Duration timeout, std::error_code& ec)
    {
        RawMessage raw = this->handle_.recv(timeout, maxlength, ec);
        close_if_done(ec);
        return raw;
    }

    std::size_t take_into(std::span<std::byte> buffer,
                          Duration timeout,
                          RawMessage& whole,
                          std::error_code& ec)
    {
        const std::size_t size = this->handle_.recv_into(buffer, timeout, whole, ec);
        close_if_done(ec);
        return size;
    }

    /// Where receiving has ended and nothing else can be done, the other side shall know, or its
    /// `send` would wait for ever.
    void close_if_done(const std::error_code& ec)
    {
        if constexpr (std::same_as<Base, PipeEnd>) {
            if (ec == errc::too_large) this->close();
        }
    }

    [[nodiscard]] static std::optional<Message<T>> decode(RawMessage& raw, std::error_code& ec)
    {
        if constexpr (std::same_as<T, Bytes>) {
            return Message<T>{std::move(raw.bytes), raw.content_type};
        } else {
            Message<T> message{Codec<T>::decode(raw.bytes, ec), raw.content_type};
            if (ec) return std::nullopt;
            return message;
        }
    }
};

}  // namespace detail

}  // namespace penstock
