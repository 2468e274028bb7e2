// Sends bytes and a descriptor that nobody may have asked for.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

namespace penstock::support {

/// As sendmsg(2).
inline ssize_t send_with_descriptor(int socket, std::span<const std::byte> bytes, int descriptor)
{
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &descriptor, sizeof(int));
    return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

}  // namespace penstock::support
