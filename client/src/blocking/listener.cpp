#include "client/src/blocking/listener.hpp"

#include "client/src/io/handshake_io.hpp"
#include "client/src/io/last_error.hpp"
#include "client/src/io/poll_time.hpp"
#include "client/src/protocol/timeout.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace penstock::blocking {

namespace {

using std::chrono::steady_clock;

/// Taken from the system in one turn: a storm of them must not keep the others waiting.
constexpr std::size_t accept_turn_max = 16;
constexpr std::size_t events_max = 64;

// Keys in the epoll set; strangers count from first_id on.
constexpr std::uint64_t listening_id = 0;
constexpr std::uint64_t wake_id = 1;
constexpr std::uint64_t first_id = 2;

bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

std::string name_of(const io::SocketPeer& peer)
{
    if (peer.uid) return "a process of user " + std::to_string(*peer.uid);
    return peer.address.empty() ? "somebody" : peer.address;
}

}  // namespace

Listener::Listener(ListenSocket socket, Options options, std::error_code& ec)
    : options_(std::move(options)),
      endpoint_(socket.endpoint()),
      socket_(std::move(socket)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      last_id_(first_id)
{
    const bool watched = epoll_ && wake_ &&
                         watch(EPOLL_CTL_ADD, socket_.get(), EPOLLIN, listening_id) &&
                         watch(EPOLL_CTL_ADD, wake_.get(), EPOLLIN, wake_id);
    if (!watched) ec = io::last_error();
}

Listener::~Listener()
{
    close();
}

Listener::Accepted Listener::accept(base::Duration timeout, std::error_code& ec)
{
    ec = errc::forked;
    if (inherited()) return {};
    ec.clear();
    const base::TimePoint deadline = protocol::deadline_after(steady_clock::now(), timeout);
    Lock lock(mutex_);
    for (bool tried = false;;) {
        if (closed_) {
            ec = errc::closed;
            return {};
        }
        if (!ready_.empty()) {
            Accepted accepted = std::move(ready_.front());
            ready_.pop_front();
            tell();
            last_accepted_ = accepted.peer;
            return accepted;
        }
        if (tried && steady_clock::now() >= deadline) {
            ec = errc::timed_out;
            return {};
        }
        tried = true;
        if (!leading_) {
            ec = turn(lock, deadline);
            if (ec && ready_.empty() && !closed_) return {};
            ec.clear();
        } else if (deadline == base::no_deadline) {
            changed_.wait(lock);
        } else {
            changed_.wait_until(lock, deadline);
        }
    }
}

/// Waits until `until`, or until something happens, and does what is to be done then.
std::error_code Listener::turn(Lock& lock, base::TimePoint until)
{
    std::array<epoll_event, events_max> events{};
    const int epoll = epoll_.get();
    const int timeout = io::poll_timeout_ms(std::min(until, first_deadline()));
    leading_ = true;
    lock.unlock();
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), timeout);
    lock.lock();
    leading_ = false;

    std::error_code ec;
    for (int i = 0; i < count && !closed_; ++i) {
        const std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64;
        if (id == listening_id) ec = accept_some();
        if (id < first_id) continue;
        const auto who = strangers_.find(id);
        if (who != strangers_.end()) drive(who);
    }
    // Who has said something while nobody was here is heard before he is judged.
    if (!closed_ && count < static_cast<int>(events.size())) expire();
    tell();
    release_if_unused();
    changed_.notify_all();
    return ec;
}

std::error_code Listener::accept_some()
{
    const std::size_t count = std::min(accept_turn_max, options_.handshakes_max);
    for (std::size_t i = 0; i < count; ++i) {
        // Who needs no handshake waits as well in the system's queue as in ours.
        if (options_.key.empty() && !ready_.empty()) return {};
        io::Descriptor socket = io::Descriptor::session_accept(socket_.get());
        if (socket) {
            greet(std::move(socket));
            continue;
        }
        const int error = errno;
        if (error == EAGAIN || error == EWOULDBLOCK) return {};
        if (is_shortage(error) && !strangers_.empty()) {
            drop(strangers_.begin(), "made way when the system had no descriptors left");
        } else if (is_shortage(error) || error == EBADF || error == EINVAL) {
            return {error, std::system_category()};
        }
        // Else that one connection failed.
    }
    return {};
}

void Listener::greet(io::Descriptor socket)
{
    const io::SocketPeer peer = io::peer_of(socket.get());
    if (peer.ec) return fail(peer, peer.ec.message());
    if (peer.tcp) io::set_tcp_options(socket.get());
    if (options_.key.empty()) {
        const bool known =
            peer.tcp || options_.any_user || peer.uid == ::geteuid() || peer.uid == 0u;
        if (!known) return fail(peer, "is neither this user nor root, and there is no key");
        ready_.push_back({std::move(socket), peer});
        return;
    }
    if (strangers_.size() >= options_.handshakes_max) {
        drop(strangers_.begin(), "made way for others: too many handshakes under way");
    }
    const bool legacy_md5 = options_.legacy_md5 == LegacyMd5::always ||
                            (options_.legacy_md5 == LegacyMd5::local && peer.local);
    protocol::DirectHandshake handshake(
        protocol::DirectHandshake::Side::listens, legacy_md5, options_.key, mac_, random_nonce());
    const std::uint64_t id = last_id_++;
    const auto deadline = protocol::deadline_after(steady_clock::now(), options_.handshake_timeout);
    const auto [who, inserted] = strangers_.emplace(
        id, Stranger{std::move(socket), peer, std::move(handshake), deadline, false});
    if (!watch(EPOLL_CTL_ADD, who->second.socket.get(), EPOLLIN, id)) {
        return drop(who, io::last_error().message());
    }
    drive(who);
}

void Listener::drive(Strangers::iterator who)
{
    Stranger& stranger = who->second;
    const std::size_t heard = stranger.handshake.messages();
    const io::HandshakeTurn turn =
        io::go_on(stranger.handshake, stranger.socket.get(), stranger.peer.tcp);
    const bool awaits_room = turn.state == io::HandshakeTurn::State::awaits_room;
    switch (turn.state) {
        case io::HandshakeTurn::State::failed:
            return drop(who, turn.why);
        case io::HandshakeTurn::State::done:
            (void)watch(EPOLL_CTL_DEL, stranger.socket.get(), 0, 0);
            ready_.push_back({std::move(stranger.socket), std::move(stranger.peer)});
            strangers_.erase(who);
            return;
        case io::HandshakeTurn::State::awaits_input:
        case io::HandshakeTurn::State::awaits_room:
            break;
    }
    // Whole messages only: one byte now and then buys no time.
    if (stranger.handshake.messages() != heard) {
        stranger.deadline =
            protocol::deadline_after(steady_clock::now(), options_.handshake_timeout);
    }
    if (std::exchange(stranger.watches_output, awaits_room) == awaits_room) return;
    const std::uint32_t events = awaits_room ? EPOLLOUT : EPOLLIN;
    if (!watch(EPOLL_CTL_MOD, stranger.socket.get(), events, who->first)) {
        drop(who, io::last_error().message());
    }
}

void Listener::expire()
{
    const base::TimePoint now = steady_clock::now();
    for (auto at = strangers_.begin(); at != strangers_.end();) {
        const auto who = at++;
        if (who->second.deadline <= now) drop(who, "said nothing for too long");
    }
}

base::TimePoint Listener::first_deadline() const
{
    base::TimePoint first = base::no_deadline;
    for (const auto& [id, stranger] : strangers_) first = std::min(first, stranger.deadline);
    return first;
}

void Listener::fail(const io::SocketPeer& peer, std::string_view why)
{
    ++failures_;
    last_failure_ = name_of(peer) + ": " + std::string(why);
}

void Listener::drop(Strangers::iterator who, std::string_view why)
{
    fail(who->second.peer, why);
    // Closing alone would not do it if another process had the socket, too.
    (void)watch(EPOLL_CTL_DEL, who->second.socket.get(), 0, 0);
    strangers_.erase(who);
}

bool Listener::watch(int operation, int fd, std::uint32_t events, std::uint64_t id) noexcept
{
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
}

void Listener::tell() noexcept
{
    const bool told = std::exchange(wake_told_, closed_ || !ready_.empty());
    if (told == wake_told_ || !wake_) return;
    std::uint64_t count = 1;
    // Neither can fail: it is written to once, and read once.
    if (wake_told_) {
        (void)!::write(wake_.get(), &count, sizeof(count));
    } else {
        (void)!::read(wake_.get(), &count, sizeof(count));
    }
}

void Listener::release_if_unused() noexcept
{
    if (!closed_ || leading_ || waits_ > 0) return;
    epoll_.reset();
    wake_.reset();
}

void Listener::close() noexcept
{
    if (inherited()) return;
    const Lock lock(mutex_);
    if (std::exchange(closed_, true)) return;
    socket_.close();
    strangers_.clear();
    ready_.clear();
    tell();
    changed_.notify_all();
    release_if_unused();
}

void Listener::leave() noexcept
{
    // The sockets have been closed when the child began.
    epoll_.reset();
    wake_.reset();
}

bool Listener::closed() const
{
    if (inherited()) return true;
    const Lock lock(mutex_);
    return closed_;
}

int Listener::fileno() const
{
    if (inherited()) return -1;
    const Lock lock(mutex_);
    return closed_ ? -1 : epoll_.get();
}

io::SocketPeer Listener::last_accepted() const
{
    if (inherited()) return {};
    const Lock lock(mutex_);
    return last_accepted_;
}

std::uint64_t Listener::failures() const
{
    if (inherited()) return 0;
    const Lock lock(mutex_);
    return failures_;
}

std::string Listener::last_failure() const
{
    if (inherited()) return {};
    const Lock lock(mutex_);
    return last_failure_;
}

Waitable::Watch Listener::begin_wait(std::error_code& ec)
{
    ec = errc::forked;
    if (inherited()) return {};
    const Lock lock(mutex_);
    ec = errc::closed;
    if (closed_) return {};
    ec.clear();
    ++waits_;
    Watch result;
    result.ready = !ready_.empty();
    result.descriptors[0] = epoll_.get();
    return result;
}

bool Listener::ready(std::error_code& ec)
{
    Lock lock(mutex_);
    std::error_code shortage;
    // The leader hears whatever there is to hear, and keeps it.
    if (!closed_ && ready_.empty() && !leading_) shortage = turn(lock, base::immediate);
    ec = closed_ ? std::error_code(errc::closed) : std::error_code();
    return !closed_ && (!ready_.empty() || shortage);
}

void Listener::end_wait() noexcept
{
    const Lock lock(mutex_);
    --waits_;
    release_if_unused();
}

}  // namespace penstock::blocking
