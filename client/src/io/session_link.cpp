#include "client/src/io/session_link.hpp"

#include <utility>

namespace penstock::io {

namespace {

/// Between two looks at the clock and at other threads.
constexpr std::size_t written_at_once_max = 1024 * 1024;
constexpr int reads_at_once_max = 8;

}  // namespace

SessionLink::SessionLink(Descriptor socket, protocol::SessionOptions options)
    : link_(std::move(socket)), session_(mac_, std::move(options))
{}

void SessionLink::write(base::TimePoint now)
{
    session_.fill_output(now);
    std::size_t written = 0;
    while (writable_ && !session_.output().empty() && written < written_at_once_max) {
        const Link::Transfer transfer = link_.send(session_.output());
        switch (transfer.status) {
            case Link::Status::would_block:
                return;
            case Link::Status::ended:
                // What the broker said before it went is still to be read; then comes the end.
                writable_ = false;
                link_.shutdown();
                return;
            case Link::Status::moved:
                break;
        }
        written += transfer.size;
        session_.output_written(transfer.size);
        session_.fill_output(now);
    }
}

void SessionLink::read()
{
    for (int i = 0; i < reads_at_once_max && !ended(); ++i) {
        const std::span<std::byte> buffer = session_.recv_buffer();
        const Link::Transfer transfer = link_.receive(buffer, arrived_);
        switch (transfer.status) {
            case Link::Status::would_block:
                return;
            case Link::Status::ended:
                return session_.connection_ended(transfer.text);
            case Link::Status::moved:
                break;
        }
        session_.recv_advance(transfer.size);
        match_passed();
        if (transfer.size < buffer.size()) return;
    }
}

/// A socket comes with the first byte of its result, so it is here when that is.
void SessionLink::match_passed()
{
    for (const protocol::CallId id : session_.take_passed()) {
        if (arrived_.empty()) return;  // the other side lies; whoever waits finds none
        if (id != 0) passed_.emplace(id, std::move(arrived_.front()));
        arrived_.pop_front();
    }
    // Of results that are on their way, or unasked for.
    if (!arrived_.empty() && !session_.awaits_passed()) arrived_.clear();
}

Descriptor SessionLink::take_passed(protocol::CallId id)
{
    const auto passed = passed_.find(id);
    if (passed == passed_.end()) return {};
    Descriptor socket = std::move(passed->second);
    passed_.erase(passed);
    return socket;
}

void SessionLink::close()
{
    writable_ = false;
    link_.close();
}

}  // namespace penstock::io
