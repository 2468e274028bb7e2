#include "server/net/socket_pairs.hpp"

#include <array>
#include <memory>
#include <sys/socket.h>
#include <utility>

namespace penstock::net {

namespace {

class Socket final : public session::PassedSocket {
public:
    explicit Socket(UniqueFd fd) : fd_(std::move(fd)) {}
    [[nodiscard]] int descriptor() const override { return fd_.get(); }

private:
    UniqueFd fd_;
};

}  // namespace

std::pair<UniqueFd, UniqueFd> open_socket_pair()
{
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) return {};
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

session::PassedSockets UnixSocketPairs::make()
{
    auto [one, other] = open_socket_pair();
    if (!one) return {};
    return {std::make_unique<Socket>(std::move(one)), std::make_unique<Socket>(std::move(other))};
}

}  // namespace penstock::net
