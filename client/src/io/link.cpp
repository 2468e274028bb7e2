#include "client/src/io/link.hpp"

#include "client/src/io/poll_time.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>

namespace penstock::io {

namespace {

constexpr std::size_t gather_parts_max = 64;
/// As many as the kernel passes with one message.
constexpr std::size_t descriptors_max = 253;

Link::Transfer failed(int error)
{
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) return {};
    return {Link::Status::ended, 0, std::generic_category().message(error)};
}

void take_descriptors(msghdr& message, std::deque<Descriptor>& passed)
{
    for (cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, at)) {
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(at) + i * sizeof(int), sizeof(int));
            Descriptor taken = Descriptor::session_socket(fd);
            if (passed.size() < Link::passed_max) passed.push_back(std::move(taken));
        }
    }
    // One comes at a time: this process may have no more, or there was none.
    if ((message.msg_flags & MSG_CTRUNC) != 0 && passed.size() < Link::passed_max) {
        passed.emplace_back();
    }
}

}  // namespace

Link::Link(Descriptor socket)
    : socket_(std::move(socket)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (!wake_) throw std::system_error(errno, std::system_category(), "eventfd");
}

Link::Transfer Link::send(const base::ByteQueue& output)
{
    std::array<std::span<const std::byte>, gather_parts_max> parts;
    std::array<iovec, gather_parts_max> vector;
    const std::size_t count = output.gather(parts);
    for (std::size_t i = 0; i < count; ++i) {
        // sendmsg takes const bytes through a pointer that is not.
        vector[i] = {const_cast<std::byte*>(parts[i].data()), parts[i].size()};
    }
    msghdr message{};
    message.msg_iov = vector.data();
    message.msg_iovlen = count;
    const ssize_t size = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0) return failed(errno);
    return {Status::moved, static_cast<std::size_t>(size), {}};
}

Link::Transfer Link::receive(std::span<std::byte> buffer, std::deque<Descriptor>& passed)
{
    iovec vector{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(descriptors_max * sizeof(int))> control;
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size < 0) return failed(errno);
    take_descriptors(message, passed);
    if (size == 0) return {Status::ended, 0, "the broker closed the connection"};
    return {Status::moved, static_cast<std::size_t>(size), {}};
}

Link::Ready Link::wait(bool for_output, base::TimePoint until)
{
    const auto events = static_cast<short>(for_output ? POLLIN | POLLOUT : POLLIN);
    std::array<pollfd, 2> fds{pollfd{socket_.get(), events, 0}, pollfd{wake_.get(), POLLIN, 0}};
    // A signal is not the caller's business (as in Python, PEP 475): it waits on.
    if (::poll(fds.data(), fds.size(), poll_timeout_ms(until)) <= 0) return {};
    if (fds[1].revents != 0) {
        std::uint64_t count = 0;
        // Nothing to read means that it was read already.
        (void)!::read(wake_.get(), &count, sizeof(count));
    }
    return {.input = (fds[0].revents & (POLLIN | POLLERR | POLLHUP)) != 0,
            .output = (fds[0].revents & POLLOUT) != 0};
}

void Link::interrupt()
{
    const std::uint64_t one = 1;
    // It fails only when the count is full, and then wait() wakes anyway.
    (void)!::write(wake_.get(), &one, sizeof(one));
}

std::size_t Link::unsent() const
{
    int size = 0;
    if (::ioctl(socket_.get(), SIOCOUTQ, &size) != 0 || size < 0) return 0;
    return static_cast<std::size_t>(size);
}

void Link::shutdown()
{
    ::shutdown(socket_.get(), SHUT_RDWR);
}

void Link::close()
{
    socket_.reset();
    wake_.reset();
}

}  // namespace penstock::io
