// One measurement of a pipe, or of a bare pair of sockets with the same frames, between two
// processes; checks what arrives and writes what it measured as JSON.
//
//     bench_pipe pipe|raw|ADDRESS stream|ping SIZE COUNT
//
// pipe: an anonymous one. ADDRESS: of a broker, at which both processes meet at a name.
//
// stream: one process sends COUNT messages of SIZE bytes, the other receives them. ping: each
// message comes back before the next one goes.
#include "common/wire/byte_io.hpp"

#include <penstock/client.hpp>
#include <penstock/pipe.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace penstock::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// What may stand at either side of a pipe.
class Side {
public:
    virtual ~Side() = default;
    virtual void send(std::span<const std::byte> message) = 0;
    /// Whether the message is `expected`, without its first 8 bytes; those are the result.
    virtual std::uint64_t recv(std::span<const std::byte> expected) = 0;
};

std::uint64_t checked(std::span<const std::byte> message, std::span<const std::byte> expected)
{
    std::uint64_t number = 0;
    if (message.size() != expected.size() || std::memcmp(message.data() + sizeof(number),
                                                         expected.data() + sizeof(number),
                                                         message.size() - sizeof(number)) != 0) {
        throw std::runtime_error("a message has changed");
    }
    std::memcpy(&number, message.data(), sizeof(number));
    return number;
}

class PipeSide final : public Side {
public:
    explicit PipeSide(int fd) : end_(Connection<Bytes>::from_fd(fd)) {}
    PipeSide(const std::string& address, End end)
        : client_(connect(address)), end_(client_.pipe<Bytes>("bench", end))
    {}
    void send(std::span<const std::byte> message) override { end_.send_bytes(message); }
    std::uint64_t recv(std::span<const std::byte> expected) override
    {
        return checked(end_.recv(), expected);
    }

private:
    Client client_;
    Connection<Bytes> end_;
};

/// Blocking calls that nobody can end: a gathered write for each message, and reads of as much as
/// there is. The receiver gets bytes of its own, as from a pipe: nothing could be plainer.
class RawSide final : public Side {
public:
    explicit RawSide(int fd) : fd_(fd), buffer_(new std::byte[buffer_size]) {}
    ~RawSide() override { ::close(fd_); }
    RawSide(const RawSide&) = delete;
    RawSide& operator=(const RawSide&) = delete;

    void send(std::span<const std::byte> message) override
    {
        std::array<std::byte, 4> prefix;
        wire::Writer(prefix).u32(static_cast<std::uint32_t>(message.size()));
        std::array<iovec, 2> parts{iovec{prefix.data(), prefix.size()},
                                   iovec{const_cast<std::byte*>(message.data()), message.size()}};
        msghdr header{};
        header.msg_iov = parts.data();
        header.msg_iovlen = parts.size();
        // A socket that blocks takes all of it.
        const ssize_t size = ::sendmsg(fd_, &header, MSG_NOSIGNAL);
        if (size != static_cast<ssize_t>(prefix.size() + message.size())) fail("sendmsg");
    }

    std::uint64_t recv(std::span<const std::byte> expected) override
    {
        while (true) {
            const std::span<const std::byte> here(buffer_.get() + begin_, end_ - begin_);
            wire::Reader reader(here);
            const std::size_t size = reader.u32();
            if (!reader.failed() && reader.left() >= size) {
                begin_ += 4 + size;
                const auto message = here.subspan(4, size);
                return checked(Bytes(message.begin(), message.end()), expected);
            }
            if (begin_ > 0) {
                std::memmove(buffer_.get(), here.data(), here.size());
                end_ -= begin_;
                begin_ = 0;
            }
            const ssize_t got = ::recv(fd_, buffer_.get() + end_, buffer_size - end_, 0);
            if (got <= 0) fail("recv");
            end_ += static_cast<std::size_t>(got);
        }
    }

private:
    [[noreturn]] static void fail(const char* what)
    {
        throw std::system_error(errno, std::generic_category(), what);
    }

    static constexpr std::size_t buffer_size = std::size_t{256} * 1024;

    int fd_;
    std::unique_ptr<std::byte[]> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

struct Task {
    std::string what;
    bool ping = false;
    std::size_t size = 0;
    std::uint64_t count = 0;
};

std::unique_ptr<Side> side_for(const Task& task, int fd, End end)
{
    if (task.what == "raw") return std::make_unique<RawSide>(fd);
    if (task.what == "pipe") return std::make_unique<PipeSide>(fd);
    ::close(fd);
    return std::make_unique<PipeSide>(task.what, end);
}

/// What is sent, number by number. It lies the same way in a page at either side of either kind:
/// where a large message begins in its page alone may double the time that the kernel copies it.
class Message {
public:
    explicit Message(std::size_t size) : size_(size)
    {
        for (std::size_t i = 0; i < size; ++i) begin()[i] = std::byte(i);
    }

    [[nodiscard]] std::span<const std::byte> numbered(std::uint64_t number)
    {
        std::memcpy(begin(), &number, sizeof(number));
        return whole();
    }
    [[nodiscard]] std::span<const std::byte> whole() const { return {begin(), size_}; }

private:
    static constexpr std::size_t page_size = 4096;
    static constexpr std::size_t offset = 512;
    struct alignas(page_size) Page {
        std::array<std::byte, page_size> bytes;
    };

    [[nodiscard]] std::byte* begin() const { return pages_.get()->bytes.data() + offset; }

    std::size_t size_;
    std::unique_ptr<Page[]> pages_{new Page[(offset + size_) / page_size + 1]};
};

void expect(std::uint64_t got, std::uint64_t expected)
{
    if (got != expected) throw std::runtime_error("a message came out of its order");
}

/// The other process. It says when it has all of them, so that the time is that of the last one.
void answer(const Task& task, Side& side)
{
    Message message(task.size);
    for (std::uint64_t i = 0; i < task.count; ++i) {
        expect(side.recv(message.whole()), i);
        if (task.ping || i + 1 == task.count) side.send(message.numbered(i));
    }
}

double measure(const Task& task, Side& side)
{
    Message message(task.size);
    const Clock::time_point begin = Clock::now();
    for (std::uint64_t i = 0; i < task.count; ++i) {
        side.send(message.numbered(i));
        if (task.ping) expect(side.recv(message.whole()), i);
    }
    if (!task.ping) expect(side.recv(message.whole()), task.count - 1);
    const std::chrono::duration<double, std::micro> spent = Clock::now() - begin;
    return spent.count() / static_cast<double>(task.count);
}

std::uint64_t number_in(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size()) {
        throw std::runtime_error("not a number: " + std::string(text));
    }
    return value;
}

int run(const Task& task)
{
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(fds[0]);
        try {
            answer(task, *side_for(task, fds[1], End::right));
        } catch (const std::exception& error) {
            std::fprintf(stderr, "bench_pipe: %s\n", error.what());
            ::_exit(1);
        }
        ::_exit(0);
    }
    ::close(fds[1]);
    std::printf("{\"us\": %.4f}\n", measure(task, *side_for(task, fds[0], End::left)));
    int status = 0;
    ::waitpid(child, &status, 0);
    return status == 0 ? 0 : 1;
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv)
{
    using penstock::bench::number_in;
    try {
        if (argc != 5) throw std::runtime_error("four arguments, please; see tests/bench/pipe.cpp");
        penstock::bench::Task task;
        task.what = argv[1];
        task.ping = std::string_view(argv[2]) == "ping";
        task.size = std::max<std::size_t>(number_in(argv[3]), sizeof(std::uint64_t));
        task.count = std::max<std::uint64_t>(number_in(argv[4]), 1);
        return penstock::bench::run(task);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_pipe: %s\n", error.what());
        return 1;
    }
}
