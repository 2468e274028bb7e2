#include "client/src/io/dial.hpp"

#include "client/src/io/last_error.hpp"
#include "client/src/io/socket_peer.hpp"
#include "client/src/protocol/timeout.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <variant>

namespace penstock::io {

namespace {

using std::chrono::steady_clock;

/// How long to wait before asking a Unix listener again whose backlog is full.
constexpr std::chrono::milliseconds backlog_pause{10};

void pause_until(base::TimePoint until)
{
    ::poll(nullptr, 0, static_cast<int>(protocol::timeout_ms_until(steady_clock::now(), until)));
}

/// Waits for a connection that is under way.
std::error_code finish_connect(int fd, base::TimePoint deadline)
{
    while (true) {
        pollfd entry{fd, POLLOUT, 0};
        const std::uint32_t left = protocol::timeout_ms_until(steady_clock::now(), deadline);
        const int count =
            ::poll(&entry, 1, static_cast<int>(std::min<std::uint32_t>(left, INT32_MAX)));
        if (count < 0 && errno != EINTR) return last_error();
        if (count > 0) break;
        if (count == 0 && left == 0) return errc::timed_out;
    }
    int error = 0;
    socklen_t size = sizeof(error);
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return last_error();
    return {error, std::system_category()};
}

std::error_code connect_to(int fd,
                           const sockaddr* address,
                           socklen_t size,
                           base::TimePoint deadline)
{
    while (::connect(fd, address, size) != 0) {
        if (errno == EINPROGRESS || errno == EINTR) return finish_connect(fd, deadline);
        if (errno != EAGAIN) return last_error();
        // Unix sockets only: many clients come at once.
        const base::TimePoint now = steady_clock::now();
        if (now >= deadline) return errc::timed_out;
        pause_until(std::min(deadline, now + backlog_pause));
    }
    return {};
}

/// Whose leave we need to go to a socket that is closed to us.
std::string denied_text(const std::string& path, Party party)
{
    const std::string denied = std::make_error_code(std::errc::permission_denied).message();
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return denied + ": its folder is closed to this user";
    return denied + ": the socket belongs to user " + std::to_string(status.st_uid) +
           ", who can let this one in: " +
           (party == Party::broker ? "penstockd --allow " + std::to_string(::geteuid())
                                   : "ListenerOptions::mode and any_user");
}

std::string stranger_text(std::uint32_t uid, Party party)
{
    return "the process there belongs to user " + std::to_string(uid) +
           ", who is neither you nor root; name that user if you trust him: " +
           (party == Party::broker ? "--broker-user, or ConnectOptions::broker_uid"
                                   : "DialOptions::peer_uid");
}

Dialled dial_unix(const base::Endpoint& endpoint,
                  base::TimePoint deadline,
                  std::optional<std::uint32_t> trusted_uid,
                  Party party)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (endpoint.path.size() >= sizeof(address.sun_path)) {
        return {{}, std::make_error_code(std::errc::filename_too_long), {}};
    }
    std::memcpy(address.sun_path, endpoint.path.c_str(), endpoint.path.size() + 1);
    Descriptor socket = Descriptor::session_socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (!socket) return {{}, last_error(), {}};
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (auto ec = connect_to(socket.get(), generic, sizeof(address), deadline)) {
        const bool denied = ec == std::errc::permission_denied;
        return {{}, ec, denied ? denied_text(endpoint.path, party) : std::string()};
    }

    // Whoever sits on this path is asked for its user before it hears anything: it could pass our
    // answers to a challenge on.
    ucred peer{};
    socklen_t size = sizeof(peer);
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return {{}, last_error(), {}};
    }
    if (peer.uid != ::geteuid() && peer.uid != 0 && peer.uid != trusted_uid) {
        return {{}, errc::refused, stranger_text(peer.uid, party)};
    }
    return {std::move(socket), {}, {}, peer.uid};
}

Dialled dial_tcp(const base::Endpoint& endpoint, base::TimePoint deadline)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(endpoint.port);
    const int code = ::getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found);
    if (code != 0) {
        const auto ec = code == EAI_SYSTEM ? last_error()
                                           : std::make_error_code(std::errc::address_not_available);
        const std::string why = code == EAI_SYSTEM ? ec.message() : ::gai_strerror(code);
        return {{}, ec, "can't find the host: " + why};
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, ::freeaddrinfo);
    std::int64_t left = 0;
    for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) ++left;

    std::error_code ec = std::make_error_code(std::errc::address_not_available);
    for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next, --left) {
        Descriptor socket = Descriptor::session_socket(
            at->ai_family, at->ai_socktype | SOCK_NONBLOCK, at->ai_protocol);
        if (!socket) {
            ec = last_error();
            continue;
        }
        // Each address gets its share of the time: one that swallows packets must not use up all.
        const base::TimePoint now = steady_clock::now();
        const base::TimePoint until =
            deadline == base::no_deadline ? deadline : now + (deadline - now) / left;
        ec = connect_to(socket.get(), at->ai_addr, at->ai_addrlen, until);
        if (ec) continue;
        set_tcp_options(socket.get());
        return {std::move(socket), {}, {}};
    }
    return {{}, ec, {}};
}

/// Anybody may make a folder in /tmp: ours must be ours alone.
std::string foreign_folder(const std::string& path)
{
    const std::string folder = path.substr(0, path.rfind('/'));
    struct stat status {};
    if (::lstat(folder.c_str(), &status) != 0) return {};  // connecting will say so
    const bool ours = S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() &&
                      (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
    return ours ? std::string() : "the folder '" + folder + "' is not yours alone";
}

}  // namespace

Address find_address(std::string_view text)
{
    if (text.empty()) {
        const char* url = std::getenv("PENSTOCK_URL");
        if (url != nullptr) text = url;
    }
    if (!text.empty()) {
        auto parsed = base::parse_endpoint(text);
        if (auto* error = std::get_if<std::string>(&parsed)) {
            return {{}, std::make_error_code(std::errc::invalid_argument), std::move(*error)};
        }
        return {std::get<base::Endpoint>(std::move(parsed)), {}, {}};
    }
    const char* runtime_dir = std::getenv("XDG_RUNTIME_DIR");
    std::optional<std::string_view> dir;
    if (runtime_dir != nullptr && *runtime_dir != '\0') dir = runtime_dir;
    base::Endpoint endpoint;
    endpoint.path = base::default_socket_path(dir, ::geteuid());
    std::string foreign = dir ? std::string() : foreign_folder(endpoint.path);
    if (foreign.empty()) return {std::move(endpoint), {}, {}};
    return {std::move(endpoint), errc::refused, std::move(foreign)};
}

Dialled dial(const base::Endpoint& endpoint,
             base::TimePoint deadline,
             std::optional<std::uint32_t> trusted_uid,
             Party party)
{
    switch (endpoint.family) {
        case base::Endpoint::Family::unix_socket:
            return dial_unix(endpoint, deadline, trusted_uid, party);
        case base::Endpoint::Family::tcp:
            return dial_tcp(endpoint, deadline);
    }
    return {{}, errc::internal, {}};
}

}  // namespace penstock::io
