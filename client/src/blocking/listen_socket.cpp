#include "client/src/blocking/listen_socket.hpp"

#include "client/src/io/last_error.hpp"
#include "client/src/io/socket_peer.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace penstock::blocking {

namespace {

// A folder's lock is held for a few system calls only. It may be anybody's folder, and he may hold
// the lock for as long as he likes: then we go on without.
constexpr int lock_attempts_max = 100;
constexpr int lock_pause_ms = 10;

sockaddr_un unix_address(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());  // parse_endpoint bounds it
    return address;
}

/// Two that start at once must not both find the path dead.
io::Descriptor lock_folder(const std::string& path)
{
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    io::Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock) return lock;
    for (int attempt = 0; attempt < lock_attempts_max; ++attempt) {
        if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) break;
        ::poll(nullptr, 0, lock_pause_ms);
    }
    return lock;
}

/// Asks with the wrong type of socket: that one is refused because of its type where a listener
/// lives, which doesn't even notice, and because nobody is there where none does.
bool somebody_lives(const sockaddr_un& address)
{
    const io::Descriptor probe(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    return !probe || ::connect(probe.get(), generic, sizeof(address)) == 0 || errno != ECONNREFUSED;
}

/// Removes the socket of one that is gone. The text is why the path can't be had.
std::error_code clear_path(const std::string& path, const sockaddr_un& address, std::string& text)
{
    const auto in_use = std::make_error_code(std::errc::address_in_use);
    struct stat there {};
    if (::lstat(path.c_str(), &there) != 0)
        return errno == ENOENT ? std::error_code() : io::last_error();
    if (!S_ISSOCK(there.st_mode)) {
        text = "there is a file that is not a socket";
        return in_use;
    }
    if (somebody_lives(address)) {
        text = "somebody listens there already";
        return in_use;
    }
    return ::unlink(path.c_str()) == 0 ? std::error_code() : io::last_error();
}

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

std::uint16_t bound_port(int socket)
{
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    (void)::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.ss_family == AF_INET
                     ? reinterpret_cast<const sockaddr_in*>(&address)->sin_port
                     : reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
}

}  // namespace

ListenSocket::ListenSocket(ListenSocket&& other) noexcept
    : socket_(std::move(other.socket_)),
      endpoint_(std::move(other.endpoint_)),
      owns_file_(std::exchange(other.owns_file_, false)),
      device_(other.device_),
      inode_(other.inode_)
{}

std::error_code ListenSocket::open(const ListenSpec& spec, std::string& text)
{
    endpoint_ = spec.endpoint;
    std::error_code ec;
    switch (spec.endpoint.family) {
        case base::Endpoint::Family::unix_socket:
            ec = open_unix(spec, text);
            break;
        case base::Endpoint::Family::tcp:
            ec = open_tcp(spec, text);
            break;
    }
    if (!ec) return {};
    text =
        "listen at " + base::to_string(spec.endpoint) + ": " + (text.empty() ? ec.message() : text);
    close();
    return ec;
}

void ListenSocket::close() noexcept
{
    struct stat there {};
    const char* path = endpoint_.path.c_str();
    const bool ours = std::exchange(owns_file_, false) && ::lstat(path, &there) == 0 &&
                      there.st_dev == device_ && there.st_ino == inode_;
    // First the file: nobody is to find one without a listener.
    if (ours) (void)::unlink(path);
    socket_.reset();
}

std::error_code ListenSocket::open_unix(const ListenSpec& spec, std::string& text)
{
    const std::string& path = spec.endpoint.path;
    const sockaddr_un address = unix_address(path);
    const io::Descriptor lock = lock_folder(path);
    if (auto ec = clear_path(path, address, text)) return ec;
    socket_ = io::Descriptor::session_socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (!socket_) return io::last_error();
    // The file takes its mode from the socket's, so that it never has a wider one. Not umask(): it
    // is the whole process's.
    if (::fchmod(socket_.get(), spec.mode) != 0) return io::last_error();
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(socket_.get(), generic, sizeof(address)) != 0) return io::last_error();
    struct stat there {};
    if (::lstat(path.c_str(), &there) != 0) return io::last_error();
    device_ = there.st_dev;
    inode_ = there.st_ino;
    owns_file_ = true;
    // What umask took away was asked for by name.
    if ((there.st_mode & 0777) != spec.mode && ::chmod(path.c_str(), spec.mode) != 0) {
        return io::last_error();
    }
    return ::listen(socket_.get(), spec.backlog) == 0 ? std::error_code() : io::last_error();
}

std::error_code ListenSocket::open_tcp(const ListenSpec& spec, std::string& text)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(spec.endpoint.port);
    const int code = ::getaddrinfo(spec.endpoint.host.c_str(), port.c_str(), &hints, &found);
    if (code != 0) {
        const std::error_code ec = code == EAI_SYSTEM
                                       ? io::last_error()
                                       : std::make_error_code(std::errc::address_not_available);
        text = "can't find the host: " + (code == EAI_SYSTEM ? ec.message() : ::gai_strerror(code));
        return ec;
    }
    const AddressList list(found, &::freeaddrinfo);
    std::error_code ec = std::make_error_code(std::errc::address_not_available);
    for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
        if (spec.loopback_only && !io::is_loopback(at->ai_addr)) {
            text = "without a key only loopback is allowed: give a key";
            return std::make_error_code(std::errc::invalid_argument);
        }
        socket_ = io::Descriptor::session_socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (!socket_) {
            ec = io::last_error();
            continue;
        }
        const int on = 1;
        (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (::bind(socket_.get(), at->ai_addr, at->ai_addrlen) == 0 &&
            ::listen(socket_.get(), spec.backlog) == 0) {
            endpoint_.port = bound_port(socket_.get());
            return {};
        }
        ec = io::last_error();
    }
    return ec;
}

}  // namespace penstock::blocking
