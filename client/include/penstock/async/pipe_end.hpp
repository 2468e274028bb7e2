// What the asynchronous ends of pipes can do; the ends themselves are in pipe.hpp.
#pragma once

#include <penstock/async/detail/pipe_end.hpp>
#include <penstock/bytes.hpp>
#include <penstock/codec.hpp>
#include <penstock/detail/raw_item.hpp>
#include <penstock/duration.hpp>
#include <penstock/pipe_end.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

namespace penstock::async {

/// What all asynchronous ends of pipes have. A moved-from end, and one made without arguments, may
/// only be assigned to, closed or destroyed.
class PipeEnd {
public:
    using executor_type = asio::any_io_executor;

    [[nodiscard]] executor_type get_executor() const noexcept
    {
        return detail::executor_of(*handle_.end());
    }

    /// Closes this end: what waits completes with errc::closed, and so does what comes later. The
    /// other side receives what was sent, then end-of-file. Idempotent. Python:
    /// `Connection.close()`.
    void close() noexcept { handle_.close(); }

protected:
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
    /// Sends `item` as one message. It is encoded before this returns; it need not outlive the
    /// call. Messages arrive in the order of the calls. Python: `Connection.send(obj)`, which has
    /// no timeout.
    ///
    /// \par Handler signature  void(error_code)
    /// \par Completes when     the system, or the broker where it relays, has all of the message;
    ///                         the timeout passed; or the end did
    /// \par Errors             errc::timed_out: nothing of it was sent; in_doubt: a part of it was,
    ///                         and the rest goes out with the next message, before that; closed:
    ///                         this end is, or the other one is gone (there is no SIGPIPE);
    ///                         too_large; unsupported: the end only receives; disconnected,
    ///                         asio::error::operation_aborted
    /// \par Cancellation       terminal, partial: at once, and total if the broker doesn't relay.
    ///                         Whether the message was sent is not known then. If a part of it was,
    ///                         the rest goes out with the next one: as with errc::in_doubt the
    ///                         stream stays whole.
    template <class Token = asio::deferred_t>
    auto async_send(const T& item, Duration timeout = forever, Token&& token = {})
    {
        Bytes bytes;
        Codec<T>::encode(item, bytes);
        return start(std::move(bytes), timeout, std::forward<Token>(token));
    }

    /// `async_send` of bytes that lie anywhere; they are copied. None at all are a message, too.
    /// Python: `Connection.send_bytes(buf)`.
    ///
    /// \par Handler signature  void(error_code)
    /// \par Errors             as `async_send`; so are completion and cancellation
    template <class Token = asio::deferred_t>
    auto async_send_bytes(std::span<const std::byte> bytes,
                          Duration timeout = forever,
                          Token&& token = {}) requires std::same_as<T, Bytes>
    {
        return start(Bytes(bytes.begin(), bytes.end()), timeout, std::forward<Token>(token));
    }

protected:
    using Base::Base;

private:
    template <class Token>
    auto start(Bytes bytes, Duration timeout, Token&& token)
    {
        return begin<void(error_code)>(this->handle_.end(),
                                       start_send,
                                       std::forward<Token>(token),
                                       std::move(bytes),
                                       content_type_of<T>,
                                       timeout);
    }
};

/// The half that receives.
template <Codable T, class Base>
class Receiving : public Base {
public:
    /// Takes the next message. Several calls at a time are served in their order; each waits for
    /// its turn as part of its timeout. What of a message has arrived when the time is over stays
    /// for the next call. Python: `Connection.recv()`, which has no timeout.
    ///
    /// \par Handler signature  void(error_code, T)
    /// \par Completes when     a message is there whole, the other side is gone and all that it
    ///                         sent was received, the timeout passed, or the end or the session
    ///                         ended
    /// \par Errors             errc::timed_out, eof, bad_message (the message is consumed: use an
    ///                         end for `Bytes` if it matters), closed, too_large (receiving has
    ///                         ended by that, and later calls are errc::unsupported, or closed if
    ///                         the end can't send), protocol (the other side ended inside a
    ///                         message, or what comes isn't one), unsupported, disconnected,
    ///                         asio::error::operation_aborted
    /// \par Cancellation       total, partial, terminal: at once. No message is lost: one that was
    ///                         already on its way to the handler stays for the next call.
    template <class Token = asio::deferred_t>
    auto async_recv(Duration timeout = forever, Token&& token = {})
    {
        const auto decode = [](error_code ec, RawMessage raw) {
            T value{};
            if (!ec) decode_to(value, raw, ec);
            return asio::deferred.values(ec, std::move(value));
        };
        return start(timeout, decode, std::forward<Token>(token));
    }

    /// `async_recv` with what is known about the content. Python: none.
    ///
    /// \par Handler signature  void(error_code, Message<T>)
    /// \par Errors             as `async_recv`; so are completion and cancellation
    template <class Token = asio::deferred_t>
    auto async_recv_message(Duration timeout = forever, Token&& token = {})
    {
        const auto decode = [](error_code ec, RawMessage raw) {
            Message<T> message;
            message.content_type = raw.content_type;
            if (!ec) decode_to(message.value, raw, ec);
            return asio::deferred.values(ec, std::move(message));
        };
        return start(timeout, decode, std::forward<Token>(token));
    }

    /// Whether there is something to receive: a message has at least begun to arrive, or the other
    /// side is gone. Waits for it up to `timeout`, by default not at all, and for those that
    /// receive. Python: `Connection.poll(timeout)`.
    ///
    /// \par Handler signature  void(error_code, bool)
    /// \par Completes when     it is so, or the timeout passed: false, without an error
    /// \par Errors             errc::closed, unsupported, asio::error::operation_aborted
    /// \par Cancellation       total, partial, terminal: at once
    template <class Token = asio::deferred_t>
    auto async_poll(Duration timeout = Duration::zero(), Token&& token = {})
    {
        return begin<void(error_code, bool)>(
            this->handle_.end(), start_poll, std::forward<Token>(token), timeout);
    }

protected:
    using Base::Base;

private:
    template <class Decode, class Token>
    auto start(Duration timeout, Decode decode, Token&& token)
    {
        // Where nothing else can be done a message that is too long ends all.
        std::optional<Half> ends_half;
        if constexpr (std::same_as<Base, async::PipeEnd>) ends_half = this->handle_.half();
        return begin_converted<void(error_code, RawMessage)>(this->handle_.end(),
                                                             start_recv,
                                                             std::move(decode),
                                                             std::forward<Token>(token),
                                                             timeout,
                                                             ends_half);
    }

    static void decode_to(T& value, RawMessage& raw, error_code& ec)
    {
        std::error_code bad;
        const auto decode = [&](std::error_code& why) {
            return penstock::detail::decode<T>(raw.bytes, why);
        };
        std::optional<T> decoded = caught(decode, bad);
        if (decoded) value = std::move(*decoded);
        ec = bad;
    }
};

}  // namespace detail

}  // namespace penstock::async
