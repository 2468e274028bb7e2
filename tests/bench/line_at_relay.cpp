// The same by plain sockets: one write and one read a frame, and a buffer in front of the reads.
#include "tests/bench/line.hpp"
#include "tests/bench/relay_frame.hpp"
#include "tests/bench/sockets.hpp"

#include <sys/uio.h>
#include <utility>

namespace penstock::bench {
namespace {

class RelayLine final : public Line {
public:
    RelayLine(const std::string& address, const RelayRoute& route)
        : socket_(dial(address)), route_(route)
    {
        const RelayHead hello = relay_head(wire::Type::hello, confirm_flag, route.own, 0);
        write(hello, {});
        (void)read_frame();
    }
    RelayLine(const RelayLine&) = delete;
    RelayLine& operator=(const RelayLine&) = delete;
    ~RelayLine() override { ::close(socket_); }

    void put(const Bytes& item) override
    {
        const std::uint8_t flags = route_.confirmed ? confirm_flag : std::uint8_t{0};
        const unsigned to = route_.first + next_++ % route_.n;
        write(relay_head(wire::Type::put, flags, to, item.size()), item);
        if (!route_.confirmed) return;
        if (read_frame().type != wire::Type::result) throw std::runtime_error("no confirmation");
    }

    std::optional<Bytes> get() override
    {
        const RelayFrame frame = read_frame();
        if (frame.type != wire::Type::put) return std::nullopt;
        const auto payload = frame.whole.subspan(relay_head_size);
        return Bytes(payload.begin(), payload.end());
    }

    void close() override
    {
        for (unsigned i = 0; i < route_.n; ++i) {
            write(relay_head(wire::Type::bye, 0, route_.first + i, 0), {});
        }
    }

private:
    void write(const RelayHead& head, std::span<const std::byte> body) const
    {
        iovec parts[2] = {{const_cast<std::byte*>(head.data()), head.size()},
                          {const_cast<std::byte*>(body.data()), body.size()}};
        const ssize_t size = ::writev(socket_, parts, 2);
        if (size < 0) fail("writev");
        // Frames of these cases fit into any socket buffer.
        if (static_cast<std::size_t>(size) != head.size() + body.size()) fail("a short write");
    }

    /// Valid until the next call.
    RelayFrame read_frame()
    {
        while (true) {
            const RelayFrame frame = relay_frame(std::span(buffer_).subspan(begin_, end_ - begin_));
            if (!frame.whole.empty()) {
                begin_ += frame.whole.size();
                return frame;
            }
            std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
            end_ -= std::exchange(begin_, 0);
            const ssize_t size = ::read(socket_, buffer_.data() + end_, buffer_.size() - end_);
            if (size < 0) fail("read");
            if (size == 0) throw std::runtime_error("the relay is gone");
            end_ += static_cast<std::size_t>(size);
        }
    }

    int socket_;
    RelayRoute route_;
    unsigned next_ = 0;
    Bytes buffer_ = Bytes(2 * wire::frame_payload_max);
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace

std::unique_ptr<Line> line_at_relay(const std::string& address, const RelayRoute& route)
{
    return std::make_unique<RelayLine>(address, route);
}

}  // namespace penstock::bench
