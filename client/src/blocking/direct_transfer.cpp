// What a DirectEnd sends and receives.
#include "client/src/blocking/direct_call.hpp"
#include "client/src/blocking/direct_end.hpp"
#include "client/src/io/poll_time.hpp"

#include <penstock/error.hpp>

#include <poll.h>

namespace penstock::blocking {

using Step = io::MessageSocket::Step;

bool DirectEnd::send(std::span<const std::byte> bytes,
                     ContentType /*there is no room for it*/,
                     Duration timeout,
                     std::error_code& ec)
{
    const base::TimePoint deadline = io::deadline_of(timeout);
    const Call call(*this, sending_, deadline, ec);
    if (!call) return false;
    io::OutgoingMessage message(bytes);
    auto step = Step::would_block;
    do {
        step = io_.send(message, may_block(deadline), ec);
    } while (step == Step::would_block && wait_for(POLLOUT, sending_, deadline, ec));
    if (step != Step::done) io_.break_off(message, ec);
    return step == Step::done;
}

detail::RawMessage DirectEnd::recv(Duration timeout, std::size_t maxlength, std::error_code& ec)
{
    detail::RawMessage message;
    (void)receive(timeout, maxlength, {}, message.bytes, ec);  // it doesn't fit into nothing
    message.content_type = io::content_type_of_direct(message.bytes);
    return message;
}

std::size_t DirectEnd::recv_into(std::span<std::byte> buffer,
                                 Duration timeout,
                                 detail::RawMessage& whole,
                                 std::error_code& ec)
{
    const std::size_t size = receive(timeout, detail::any_length, buffer, whole.bytes, ec);
    if (size <= buffer.size()) return size;
    whole.content_type = io::content_type_of_direct(whole.bytes);
    ec = errc::buffer_too_short;
    return 0;
}

std::size_t DirectEnd::receive(Duration timeout,
                               std::size_t maxlength,
                               std::span<std::byte> place,
                               Bytes& whole,
                               std::error_code& ec)
{
    const base::TimePoint deadline = io::deadline_of(timeout);
    const Call call(*this, receiving_, deadline, ec);
    if (!call) return 0;
    const bool complete = receive_whole(deadline, maxlength, place, ec);
    // Whoever ended it meanwhile takes out what is there: what was read may have a hole.
    const bool ended = receiving_.ended;
    if (ended) ec = errc::closed;
    if (!complete || ended) {
        io_.set_aside();
        return 0;
    }
    const std::size_t size = io_.size();
    whole = io_.take();
    return size;
}

bool DirectEnd::receive_whole(base::TimePoint deadline,
                              std::size_t maxlength,
                              std::span<std::byte> place,
                              std::error_code& ec)
{
    using enum io::MessageSocket::When;
    const auto when = may_block(deadline) ? block : deadline == base::immediate ? now : likely;
    auto step = Step::would_block;
    while ((step = io_.receive(maxlength, place, when, ec)) == Step::would_block) {
        if (!wait_for(POLLIN, receiving_, deadline, ec)) return false;
        io_.is_readable();
    }
    if (ec == errc::too_large && !sending_.possible) close();
    // close() in another thread looks like the other side's end.
    if (ec == errc::eof || ec == errc::protocol) (void)usable(receiving_, ec);
    return step == Step::done;
}

}  // namespace penstock::blocking
