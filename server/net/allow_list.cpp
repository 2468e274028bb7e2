#include "server/net/allow_list.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace penstock::net {

namespace {

// The kernel's NGROUPS_MAX.
constexpr std::size_t groups_max = 65'536;

template <class Number>
std::optional<Number> number(const std::string& text)
{
    Number value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, ec] = std::from_chars(text.data(), end, value);
    // The greatest stands for "none" in system calls.
    if (ec != std::errc() || rest != end || value == static_cast<Number>(-1)) return std::nullopt;
    return value;
}

bool names(const std::vector<gid_t>& groups, gid_t group)
{
    return std::find(groups.begin(), groups.end(), group) != groups.end();
}

std::vector<gid_t> groups_of_peer(int fd)
{
    std::vector<gid_t> groups(64);
    while (groups.size() <= groups_max) {
        auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        const int result = ::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
        if (result != 0 && errno != ERANGE) return {};
        groups.resize(size / sizeof(gid_t));  // with ERANGE: what it takes
        if (result == 0) return groups;
    }
    return {};
}

}  // namespace

std::optional<uid_t> find_user(const std::string& text)
{
    if (const passwd* entry = ::getpwnam(text.c_str())) return entry->pw_uid;
    return number<uid_t>(text);
}

std::optional<gid_t> find_group(const std::string& text)
{
    if (const group* entry = ::getgrnam(text.c_str())) return entry->gr_gid;
    return number<gid_t>(text);
}

mode_t socket_mode(const SocketAccess& access)
{
    if (access.mode) return *access.mode;
    if (!access.allow.empty()) return 0666;
    return access.group ? 0660 : 0600;
}

bool may_enter(int fd, const SocketAccess& access)
{
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
    if (who.uid == ::geteuid() || who.uid == 0) return true;
    const std::vector<uid_t>& users = access.allow.users;
    if (std::find(users.begin(), users.end(), who.uid) != users.end()) return true;
    std::vector<gid_t> allowed = access.allow.groups;
    if (access.group) allowed.push_back(*access.group);
    if (allowed.empty()) return false;
    std::vector<gid_t> groups = groups_of_peer(fd);
    groups.push_back(who.gid);
    return std::any_of(
        groups.begin(), groups.end(), [&](gid_t group) { return names(allowed, group); });
}

}  // namespace penstock::net
