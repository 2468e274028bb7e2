// The floor that the broker is compared with: reads frames of penstock's shape, and passes each on
// to the peer that it names. No queue, no waiting, no memory of anything: bench_relay ADDRESS
#include "tests/bench/relay_frame.hpp"
#include "tests/bench/sockets.hpp"

#include <array>
#include <cstdio>
#include <exception>
#include <memory>
#include <sys/epoll.h>
#include <unordered_map>
#include <vector>

namespace penstock::bench {
namespace {

constexpr std::size_t buffer_size = 2 * wire::frame_payload_max;
/// A peer that is so far behind does not read: these benchmarks have none.
constexpr std::size_t backlog_max = std::size_t{64} * 1024 * 1024;
constexpr int events_max = 64;

struct Peer {
    int socket = -1;
    std::vector<std::byte> in = std::vector<std::byte>(buffer_size);
    std::size_t in_size = 0;
    std::vector<std::byte> out;
};

class Relay {
public:
    explicit Relay(const std::string& text)
    {
        const Address address = address_of(text);
        family_ = address.family;
        listener_ = ::socket(family_, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int on = 1;
        ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (::bind(listener_, address.raw(), address.size) != 0) fail("bind");
        if (::listen(listener_, SOMAXCONN) != 0) fail("listen");
        epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
        watch(listener_, EPOLL_CTL_ADD, EPOLLIN);
        say_address(text);
    }

    [[noreturn]] void run()
    {
        std::array<epoll_event, events_max> events;
        while (true) {
            const int n = ::epoll_wait(epoll_, events.data(), events_max, -1);
            if (n < 0 && errno != EINTR) fail("epoll_wait");
            for (int i = 0; i < n; ++i) handle(events[static_cast<std::size_t>(i)]);
        }
    }

private:
    void say_address(std::string text) const
    {
        sockaddr_in name{};
        socklen_t size = sizeof name;
        if (family_ == AF_INET) {
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size);
            text = text.substr(0, text.rfind(':') + 1) + std::to_string(ntohs(name.sin_port));
        }
        std::printf("listening %s\n", text.c_str());
        std::fflush(stdout);
    }

    void watch(int socket, int how, std::uint32_t events) const
    {
        epoll_event event{};
        event.events = events;
        event.data.fd = socket;
        if (::epoll_ctl(epoll_, how, socket, &event) != 0) fail("epoll_ctl");
    }

    void handle(const epoll_event& event)
    {
        if (event.data.fd == listener_) return accept();
        Peer& peer = *peers_.at(event.data.fd);
        if ((event.events & EPOLLOUT) != 0) flush(peer);
        if ((event.events & ~EPOLLOUT) != 0) read(peer);
    }

    void accept()
    {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) return;
        send_at_once(socket, family_);
        auto peer = std::make_unique<Peer>();
        peer->socket = socket;
        peers_[socket] = std::move(peer);
        watch(socket, EPOLL_CTL_ADD, EPOLLIN);
    }

    void read(Peer& peer)
    {
        const std::span<std::byte> room = std::span(peer.in).subspan(peer.in_size);
        const ssize_t size = ::read(peer.socket, room.data(), room.size());
        if (size < 0 && errno == EAGAIN) return;
        if (size <= 0) return forget(peer);
        peer.in_size += static_cast<std::size_t>(size);
        std::size_t at = 0;
        while (true) {
            const RelayFrame frame = relay_frame(std::span(peer.in).subspan(at, peer.in_size - at));
            if (frame.whole.empty()) break;
            pass_on(peer, frame);
            at += frame.whole.size();
        }
        peer.in_size -= at;
        if (peer.in_size > 0) std::memmove(peer.in.data(), peer.in.data() + at, peer.in_size);
    }

    void pass_on(Peer& from, const RelayFrame& frame)
    {
        if (frame.type == wire::Type::hello) {
            by_number_.at(frame.peer) = &from;
        } else {
            Peer* to = by_number_.at(frame.peer);
            if (to == nullptr) throw std::runtime_error("a frame for a peer that is not there");
            send(*to, frame.whole);
        }
        if ((frame.flags & confirm_flag) != 0) {
            send(from, relay_head(wire::Type::result, 0, frame.peer, 0));
        }
    }

    void send(Peer& peer, std::span<const std::byte> bytes)
    {
        if (peer.out.empty()) bytes = bytes.subspan(write(peer, bytes));
        if (bytes.empty()) return;
        if (peer.out.empty()) watch(peer.socket, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
        peer.out.insert(peer.out.end(), bytes.begin(), bytes.end());
        if (peer.out.size() > backlog_max) throw std::runtime_error("a peer that does not read");
    }

    void flush(Peer& peer)
    {
        const std::size_t size = write(peer, peer.out);
        peer.out.erase(peer.out.begin(), peer.out.begin() + static_cast<std::ptrdiff_t>(size));
        if (peer.out.empty()) watch(peer.socket, EPOLL_CTL_MOD, EPOLLIN);
    }

    static std::size_t write(const Peer& peer, std::span<const std::byte> bytes)
    {
        const ssize_t size = ::send(peer.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        return size < 0 ? 0 : static_cast<std::size_t>(size);
    }

    void forget(const Peer& peer)
    {
        for (Peer*& numbered : by_number_) {
            if (numbered == &peer) numbered = nullptr;
        }
        const int socket = peer.socket;
        ::close(socket);
        peers_.erase(socket);
    }

    int family_ = 0;
    int listener_ = -1;
    int epoll_ = -1;
    std::unordered_map<int, std::unique_ptr<Peer>> peers_;
    std::array<Peer*, relay_peers_max> by_number_{};
};

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv)
{
    if (argc != 2) return 2;
    try {
        penstock::bench::Relay(argv[1]).run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_relay: %s\n", error.what());
        return 1;
    }
}
