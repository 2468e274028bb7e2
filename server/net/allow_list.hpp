// Who may use a Unix socket beside this user and root.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace penstock::net {

/// Users and groups as the kernel knows them. Names are looked up once, when they are given.
struct AllowList {
    std::vector<uid_t> users;
    std::vector<gid_t> groups;
    [[nodiscard]] bool empty() const { return users.empty() && groups.empty(); }
};

/// What a Unix socket's file looks like and whom it lets in.
struct SocketAccess {
    AllowList allow;
    std::optional<gid_t> group;  // of the file; its members are let in, too
    std::optional<mode_t> mode;
};

/// As it was given; else no wider than what the others need to reach it.
[[nodiscard]] mode_t socket_mode(const SocketAccess& access);

/// A name or a number. None: there is no such user or group.
[[nodiscard]] std::optional<uid_t> find_user(const std::string& text);
[[nodiscard]] std::optional<gid_t> find_group(const std::string& text);

/// Whether the process at the other end of the Unix socket `fd` is one of this user's or root's,
/// or one that `access` names. The kernel noted who it is when it connected; its groups count, too.
[[nodiscard]] bool may_enter(int fd, const SocketAccess& access);

}  // namespace penstock::net
