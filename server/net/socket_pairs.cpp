#include "server/net/socket_pairs.hpp"

#include "server/net/unique_fd.hpp"

#include <array>
#include <memory>
#include <sys/socket.h>

namespace penstock::net {

namespace {

class Socket final : public session::PassedSocket {
public:
    explicit Socket(int fd) : fd_(fd) {}
    [[nodiscard]] int descriptor() const override { return fd_.get(); }

private:
    UniqueFd fd_;
};

}  // namespace

session::PassedSockets UnixSocketPairs::make()
{
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) return {};
    return {std::make_unique<Socket>(fds[0]), std::make_unique<Socket>(fds[1])};
}

}  // namespace penstock::net
