// The ways in which a call can fail: one enum, one category, and exception types to catch by.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/export.hpp>

#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace penstock {

/// Why a call did not do what it was asked to.
///
/// The list is closed: a call of this library reports one of these, or a code of
/// `std::system_category()` when the system refused a connection, or `std::errc::invalid_argument`
/// for a name, an address or an option that can't be meant. The numbers never change.
enum class errc {
    /// get: no item came within the time given. Python: `queue.Empty`.
    empty = 1,
    /// put: no room became free within the time given. Python: `queue.Full`.
    full = 2,
    /// This handle or end is closed, or was closed by another thread during the call, or its queue
    /// was removed; send: the other side is gone. Python: `BrokenPipeError`.
    closed = 3,
    /// The queue was shut down, and there is nothing left to get. Python: `queue.ShutDown`.
    shut_down = 4,
    /// The other side is gone and everything it sent was received. Python: `EOFError`.
    eof = 5,
    /// join, ping, connecting, accept, meeting at a pipe's name, or sending and receiving on a pipe
    /// took longer than the time given.
    timed_out = 6,
    /// task_done: called more often than there were items. Python: `ValueError`.
    no_unfinished_task = 7,
    /// The bytes are not what the codec expects; the item is consumed. See `BadMessage`.
    bad_message = 8,
    /// The message is longer than the buffer; it is consumed. See `BufferTooShort`.
    buffer_too_short = 9,
    /// There is no queue of that name, or the item is not one of this client's.
    not_found = 10,
    /// The queue exists with other options than those given.
    options_differ = 11,
    /// Somebody else holds that end of the pipe.
    end_taken = 12,
    /// The other side doesn't let us in, or isn't who it must be: no key, the wrong key, or no
    /// permission. Python: `AuthenticationError`.
    refused = 13,
    /// The item is larger than the broker takes, or the message longer than this end does.
    too_large = 14,
    /// The broker's memory limit left no room within the time given.
    no_memory = 15,
    /// A limit on how many there may be is reached: queues, handles or sessions.
    too_many = 16,
    /// The broker doesn't know the handle: a fault of the client's library.
    bad_handle = 17,
    /// The connection ended after the request was written: it took effect or it did not. send on a
    /// pipe: the time was over when a part of the message was written.
    in_doubt = 18,
    /// There is no connection to the broker (any more); the call had no effect. dial: the other
    /// side left during the handshake.
    disconnected = 19,
    /// The broker was restarted; what it held in memory is gone.
    broker_restarted = 20,
    /// The call was cancelled.
    cancelled = 21,
    /// An earlier member of the same batch failed, so this one was not tried.
    skipped = 22,
    /// Open::fresh: there is a queue of that name already.
    exists = 23,
    /// The broker doesn't know this operation or option, or this end of a pipe can't do it.
    unsupported = 24,
    /// The handle was made before fork(), in the parent process; so was the end of a pipe that has
    /// a name, or that a thread of the parent was using.
    forked = 25,
    /// The other side broke the protocol, or ended inside a message: nothing more can be received.
    protocol = 26,
    /// A fault of the broker's own.
    internal = 27,
};

/// The category of `errc`; its name is "penstock".
[[nodiscard]] PENSTOCK_API const std::error_category& category() noexcept;

/// The enumerator's name: "empty", "in_doubt". Empty for a number that is not in the list.
[[nodiscard]] PENSTOCK_API std::string_view to_string(errc code) noexcept;

[[nodiscard]] inline std::error_code make_error_code(errc code) noexcept
{
    return {static_cast<int>(code), category()};
}

/// What every throwing call throws. Catch a derived type, or compare `error.code()`:
///
///     try { use(jobs.get(250ms)); }
///     catch (const penstock::Empty&) { idle(); }
///     catch (const penstock::Error& error) {
///         if (error.code() == penstock::errc::disconnected) reconnect();
///     }
class PENSTOCK_API Error : public std::system_error {
public:
    Error(std::error_code ec, const std::string& what);
    ~Error() override;
};

/// errc::empty.
class PENSTOCK_API Empty : public Error {
public:
    explicit Empty(const std::string& what);
    ~Empty() override;
};

/// errc::full.
class PENSTOCK_API Full : public Error {
public:
    explicit Full(const std::string& what);
    ~Full() override;
};

/// errc::shut_down.
class PENSTOCK_API ShutDown : public Error {
public:
    explicit ShutDown(const std::string& what);
    ~ShutDown() override;
};

/// errc::eof.
class PENSTOCK_API EndOfFile : public Error {
public:
    explicit EndOfFile(const std::string& what);
    ~EndOfFile() override;
};

/// errc::in_doubt.
class PENSTOCK_API InDoubt : public Error {
public:
    explicit InDoubt(const std::string& what);
    ~InDoubt() override;
};

/// errc::bad_message. The item counts as handed over (else it would come back for ever), so this
/// is the only place where its bytes are left.
class PENSTOCK_API BadMessage : public Error {
public:
    BadMessage(const std::string& what, Bytes bytes);
    ~BadMessage() override;
    [[nodiscard]] const Bytes& bytes() const noexcept { return bytes_; }

private:
    Bytes bytes_;
};

/// errc::buffer_too_short. Holds the whole message, as Python's `BufferTooShort` does.
class PENSTOCK_API BufferTooShort : public Error {
public:
    BufferTooShort(const std::string& what, Bytes message);
    ~BufferTooShort() override;
    [[nodiscard]] const Bytes& message() const noexcept { return message_; }

private:
    Bytes message_;
};

/// Throws the exception type that belongs to `ec`.
[[noreturn]] PENSTOCK_API void throw_error(std::error_code ec, const std::string& what);

}  // namespace penstock

template <>
struct std::is_error_code_enum<penstock::errc> : std::true_type {};
