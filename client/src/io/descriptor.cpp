#include "client/src/io/descriptor.hpp"

#include "client/src/io/process.hpp"

#include <atomic>
#include <cerrno>
#include <mutex>
#include <new>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace penstock::io {

/// The list, and the lock that a fork waits for: whoever makes, moves or closes a session's socket
/// has it, so that no child finds a socket that is not in the list, or a number that was closed.
class SessionSockets {
public:
    SessionSockets() { lock(); }
    ~SessionSockets() { mutex_.unlock(); }
    SessionSockets(const SessionSockets&) = delete;
    SessionSockets& operator=(const SessionSockets&) = delete;

    static void add(Descriptor& socket)
    {
        socket.process_ = process_number();
        socket.previous_ = nullptr;
        socket.next_ = first_;
        if (first_ != nullptr) first_->previous_ = &socket;
        first_ = &socket;
    }

    static void remove(Descriptor& socket)
    {
        const std::uint64_t process = std::exchange(socket.process_, 0);
        // A child in which no handler ran has begun a list of its own.
        if (process != process_number()) return;
        if (socket.next_ != nullptr) socket.next_->previous_ = socket.previous_;
        (socket.previous_ != nullptr ? socket.previous_->next_ : first_) = socket.next_;
    }

    static void before_fork() { lock(); }
    static void in_parent() { mutex_.unlock(); }
    static void in_child()
    {
        forget_process_number();
        for (Descriptor* at = first_; at != nullptr; at = at->next_) {
            at->process_ = 0;
            ::close(std::exchange(at->fd_, -1));
        }
        first_ = nullptr;
        process_ = process_number();
        mutex_.unlock();
    }

private:
    static void lock()
    {
        // Without a handler (clone, _Fork) the lock may be that of a thread which is not here.
        std::uint64_t known = process_.load();
        const std::uint64_t now = process_number();
        if (known != now && process_.compare_exchange_strong(known, now) && known != 0) {
            new (&mutex_) std::mutex;
            first_ = nullptr;
        }
        mutex_.lock();
    }

    // Of this process the list is, and nobody destroys it: clients may be static objects.
    static constinit std::atomic<std::uint64_t> process_;
    static constinit std::mutex mutex_;
    static constinit Descriptor* first_;
};

constinit std::atomic<std::uint64_t> SessionSockets::process_ = 0;
constinit std::mutex SessionSockets::mutex_;
constinit Descriptor* SessionSockets::first_ = nullptr;

namespace {

const int closes_in_child [[maybe_unused]] = ::pthread_atfork(
    SessionSockets::before_fork, SessionSockets::in_parent, SessionSockets::in_child);

}  // namespace

Descriptor Descriptor::session_socket(int domain, int type, int protocol)
{
    Descriptor socket;
    const SessionSockets list;
    socket.fd_ = ::socket(domain, type | SOCK_CLOEXEC, protocol);
    if (socket.fd_ >= 0) list.add(socket);
    return socket;
}

Descriptor Descriptor::session_socket(int fd)
{
    Descriptor socket;
    const SessionSockets list;
    socket.fd_ = fd;
    if (fd >= 0) list.add(socket);
    return socket;
}

Descriptor Descriptor::session_accept(int listening)
{
    Descriptor socket;
    const SessionSockets list;
    socket.fd_ = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket.fd_ >= 0) list.add(socket);
    return socket;
}

void Descriptor::reset() noexcept
{
    if (fd_ < 0) return;
    if (process_ == 0) {
        ::close(std::exchange(fd_, -1));
        return;
    }
    const SessionSockets list;
    list.remove(*this);
    ::close(std::exchange(fd_, -1));
}

int Descriptor::release() noexcept
{
    share_with_children();
    return std::exchange(fd_, -1);
}

void Descriptor::share_with_children() noexcept
{
    if (process_ == 0) return;
    const SessionSockets list;
    list.remove(*this);
}

void Descriptor::take(Descriptor& other) noexcept
{
    if (other.process_ == 0) {
        fd_ = std::exchange(other.fd_, -1);
        return;
    }
    const SessionSockets list;
    list.remove(other);
    fd_ = std::exchange(other.fd_, -1);
    list.add(*this);
}

}  // namespace penstock::io
