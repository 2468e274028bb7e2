// Opening the sockets of a Listener: who may be there already, and who may come.
#include "server/net/listener.hpp"
#include "server/net/private_folder.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace penstock::net {

namespace {

constexpr int lock_attempts_max = 10;
constexpr const char* live =
    "a broker listens there already; stop it, or choose another path with --listen";
constexpr const char* no_socket =
    "there is a file that is not a socket; remove it, or choose another path with --listen";

[[noreturn]] void fail(const base::Endpoint& endpoint, const std::string& why)
{
    throw std::runtime_error("cannot listen on " + base::to_string(endpoint) + ": " + why);
}

std::string error_text(int error)
{
    return std::generic_category().message(error);
}

sockaddr_un unix_address(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());  // parse_endpoint bounds it
    return address;
}

bool somebody_answers(const sockaddr_un& address)
{
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        return true;
    }
    return errno != ECONNREFUSED;  // EAGAIN: its backlog is full, so it is alive
}

bool is_loopback(const sockaddr* address)
{
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    }
    if (address->sa_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) != 0;
    }
    return false;
}

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

void require_loopback(const base::Endpoint& endpoint, const sockaddr* address)
{
    if (address != nullptr && is_loopback(address)) return;
    fail(endpoint, "without a key only loopback is allowed; use auth=key and --key-file");
}

AddressList resolve(const base::Endpoint& endpoint)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(endpoint.port);
    const int error = ::getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found);
    if (error != 0) fail(endpoint, ::gai_strerror(error));
    return {found, &::freeaddrinfo};
}

std::uint16_t bound_port(int fd)
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    if (address.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
    }
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
}

}  // namespace

namespace {

/// What can be said of a Unix socket's path before anything is done there.
void check_path(const ListenSpec& spec, bool starts)
{
    const std::string& path = spec.endpoint.path;
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    struct stat there {};
    // A service manager makes its folder there with the start (RuntimeDirectory=).
    const bool is_made = spec.private_folder || (!starts && folder.parent_path() == "/run");
    if (!is_made && ::stat((folder / "").c_str(), &there) != 0) {  // "/": a folder
        fail(spec.endpoint,
             "its folder " + folder.string() + ": " + error_text(errno) +
                 "; make it, or choose another path with --listen");
    }
    if (::lstat(path.c_str(), &there) == 0 && !S_ISSOCK(there.st_mode)) {
        fail(spec.endpoint, no_socket);
    }
}

void check_tcp(const ListenSpec& spec)
{
    const AddressList found = resolve(spec.endpoint);
    if (spec.auth != Auth::none) return;
    for (const addrinfo* at = found.get(); at != nullptr; at = at->ai_next) {
        require_loopback(spec.endpoint, at->ai_addr);
    }
}

/// The same for all names of a place: where the kernel would find it.
std::string place_of(const base::Endpoint& endpoint)
{
    if (endpoint.family == base::Endpoint::Family::tcp) {
        const AddressList found = resolve(endpoint);
        return {reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen};
    }
    const std::filesystem::path path(endpoint.path);
    std::error_code ec;
    const std::filesystem::path folder = std::filesystem::canonical(path.parent_path(), ec);
    return ec ? endpoint.path : (folder / path.filename()).string();
}

}  // namespace

void check_addresses(const std::vector<ListenSpec>& listen, bool starts)
{
    std::map<std::string, std::string> names;
    for (const ListenSpec& spec : listen) {
        const bool is_tcp = spec.endpoint.family == base::Endpoint::Family::tcp;
        if (is_tcp) check_tcp(spec);
        if (spec.inherited >= 0) continue;
        if (!is_tcp) check_path(spec, starts);
        if (is_tcp && spec.endpoint.port == 0) continue;  // another one each time
        const std::string name = base::to_string(spec.endpoint);
        const auto [other, is_new] = names.emplace(place_of(spec.endpoint), name);
        if (!is_new)
            fail(spec.endpoint, "that is the same as " + other->second + "; take one away");
    }
}

ListenSocket::ListenSocket(const ListenSpec& spec, int backlog)
    : endpoint_(spec.endpoint), backlog_(backlog)
{
    if (spec.inherited >= 0) {
        adopt(spec);
        return;
    }
    switch (endpoint_.family) {
        case base::Endpoint::Family::unix_socket:
            if (spec.private_folder) {
                make_private_folder(std::filesystem::path(endpoint_.path).parent_path());
            }
            try {
                open_unix(spec);
            } catch (...) {
                remove_files();  // there will be no destructor
                throw;
            }
            break;
        case base::Endpoint::Family::tcp:
            open_tcp(spec.auth == Auth::none);
            break;
    }
}

ListenSocket::~ListenSocket()
{
    remove_files();
}

/// Those that are ours: another broker's lock, and what lies at its path, stay.
void ListenSocket::remove_files()
{
    if (owns_path_) ::unlink(endpoint_.path.c_str());
    if (owns_lock_) ::unlink((endpoint_.path + ".lock").c_str());
    owns_path_ = owns_lock_ = false;
}

void ListenSocket::adopt(const ListenSpec& spec)
{
    // Its path is not ours: whoever opened the socket keeps it open when we end, and clients wait.
    fd_.reset(spec.inherited);
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* there = reinterpret_cast<sockaddr*>(&address);
    const bool known = ::getsockname(fd_.get(), there, &size) == 0;
    if (spec.auth == Auth::none) require_loopback(endpoint_, known ? there : nullptr);
}

void ListenSocket::set_mode(mode_t mode)
{
    // A path that somebody took away is no reason to stop serving who is there.
    if (owns_path_) (void)::chmod(endpoint_.path.c_str(), mode);
}

void ListenSocket::take_lock()
{
    // Two brokers that start at once must not both find the path stale: the lock decides.
    const std::string path = endpoint_.path + ".lock";
    for (int attempt = 0; attempt < lock_attempts_max; ++attempt) {
        lock_.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!lock_) fail(endpoint_, path + ": " + error_text(errno));
        if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) break;
        // The one who had it may have removed the file in between: then we locked nothing.
        struct stat ours {};
        struct stat there {};
        const bool same = ::fstat(lock_.get(), &ours) == 0 && ::stat(path.c_str(), &there) == 0 &&
                          ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
        if (same) {
            owns_lock_ = true;
            return;
        }
    }
    fail(endpoint_, live);
}

void ListenSocket::open_unix(const ListenSpec& spec)
{
    take_lock();
    const sockaddr_un address = unix_address(endpoint_.path);
    struct stat there {};
    if (::lstat(endpoint_.path.c_str(), &there) == 0) {
        if (!S_ISSOCK(there.st_mode)) fail(endpoint_, no_socket);
        if (somebody_answers(address)) fail(endpoint_, live);
        if (::unlink(endpoint_.path.c_str()) != 0) fail(endpoint_, error_text(errno));
    }
    fd_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd_) fail(endpoint_, error_text(errno));
    const mode_t before = ::umask(0177);  // 0600 from the first moment
    const int bound =
        ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int error = errno;
    ::umask(before);
    if (bound != 0) fail(endpoint_, error_text(error));
    owns_path_ = true;
    if (spec.group && ::lchown(endpoint_.path.c_str(), static_cast<uid_t>(-1), *spec.group) != 0) {
        fail(endpoint_, "its group can't be set: " + error_text(errno));
    }
    set_mode(spec.mode);
    if (::listen(fd_.get(), backlog_) != 0) fail(endpoint_, error_text(errno));
}

void ListenSocket::open_tcp(bool loopback_only)
{
    const AddressList found = resolve(endpoint_);
    int error = 0;
    for (const addrinfo* at = found.get(); at != nullptr; at = at->ai_next) {
        if (loopback_only) require_loopback(endpoint_, at->ai_addr);
        UniqueFd fd(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const int on = 1;
        if (!fd) {
            error = errno;
            continue;
        }
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (::bind(fd.get(), at->ai_addr, at->ai_addrlen) != 0 ||
            ::listen(fd.get(), backlog_) != 0) {
            error = errno;
            continue;
        }
        fd_ = std::move(fd);
        endpoint_.port = bound_port(fd_.get());
        return;
    }
    fail(endpoint_, error_text(error));
}

}  // namespace penstock::net
