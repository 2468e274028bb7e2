// Link: a connected stream socket, read and written without blocking, and a way to wait for it that
// another thread can interrupt. No locks: wait() and interrupt() may run beside all others but
// close().
#pragma once

#include "client/src/io/descriptor.hpp"
#include "common/base/byte_queue.hpp"
#include "common/base/time.hpp"

#include <cstddef>
#include <deque>
#include <span>
#include <string>

namespace penstock::io {

class Link {
public:
    /// Takes over a connected socket of any kind of stream.
    explicit Link(Descriptor socket);
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    enum class Status {
        moved,        // `size` bytes
        would_block,  // wait, then try again
        ended,        // the other side closed, or an error; `text` says which
    };
    struct Transfer {
        Status status = Status::would_block;
        std::size_t size = 0;
        std::string text;
    };

    /// Writes as much of the front as the socket takes at once.
    [[nodiscard]] Transfer send(const base::ByteQueue& output);
    /// Sockets that come along go to `passed`, with an empty one for each that this process has no
    /// room for; above `passed_max` there they are closed.
    [[nodiscard]] Transfer receive(std::span<std::byte> buffer, std::deque<Descriptor>& passed);
    static constexpr std::size_t passed_max = 64;

    struct Ready {
        bool input = false;  // or the end
        bool output = false;
    };
    /// Until there is input, or room for output if that is asked for, or an interrupt, or the time
    /// has come, or for no reason at all.
    [[nodiscard]] Ready wait(bool for_output, base::TimePoint until);
    void interrupt();

    [[nodiscard]] int fileno() const { return socket_.get(); }
    /// Bytes that were sent but have not reached the other side.
    [[nodiscard]] std::size_t unsent() const;

    /// Nothing moves any more but what has arrived already; wakes wait().
    void shutdown();
    void close();

private:
    Descriptor socket_;
    Descriptor wake_;
};

}  // namespace penstock::io
