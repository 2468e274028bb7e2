// RawPeer: a connection by hand, for tests whose peers are rude; and counting descriptors.
#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/byte_io.hpp"
#include "tests/support/openssl_mac.hpp"

#include <arpa/inet.h>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace penstock::support {

[[nodiscard]] inline std::ptrdiff_t open_descriptors()
{
    const std::filesystem::directory_iterator list("/proc/self/fd");
    return std::distance(begin(list), end(list));
}

[[nodiscard]] inline std::string framed(std::string_view payload)
{
    std::string frame(4, '\0');
    wire::Writer(std::as_writable_bytes(std::span(frame)))
        .u32(static_cast<std::uint32_t>(payload.size()));
    return frame.append(payload);
}

class RawPeer {
public:
    /// `unix:/path` or `tcp:127.0.0.1:port`.
    explicit RawPeer(const std::string& address)
    {
        if (address.starts_with("unix:")) {
            sockaddr_un there{};
            there.sun_family = AF_UNIX;
            address.copy(there.sun_path, sizeof(there.sun_path) - 1, 5);
            connect(AF_UNIX, reinterpret_cast<const sockaddr*>(&there), sizeof(there));
        } else {
            sockaddr_in there{};
            there.sin_family = AF_INET;
            there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            const int port = std::atoi(address.substr(address.rfind(':') + 1).c_str());
            there.sin_port = htons(static_cast<std::uint16_t>(port));
            connect(AF_INET, reinterpret_cast<const sockaddr*>(&there), sizeof(there));
        }
    }
    RawPeer(const RawPeer&) = delete;
    RawPeer& operator=(const RawPeer&) = delete;
    RawPeer(RawPeer&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    ~RawPeer() { close(); }

    void close()
    {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }

    /// Who was closed in the middle of it has been answered.
    void write(std::string_view bytes) const
    {
        while (!bytes.empty()) {
            const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (size <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(size));
        }
    }
    void say(std::string_view payload) const { write(framed(payload)); }

    /// The next frame; no value when the other side has closed.
    [[nodiscard]] std::optional<std::string> hear() const
    {
        std::string length(4, '\0');
        if (!read(length)) return std::nullopt;
        std::string payload(wire::Reader(std::as_bytes(std::span(std::as_const(length)))).u32(),
                            '\0');
        if (!read(payload)) return std::nullopt;
        return payload;
    }

    [[nodiscard]] int fd() const { return fd_; }

private:
    void connect(int family, const sockaddr* address, socklen_t size)
    {
        fd_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const timeval patience{30, 0};
        (void)::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        if (::connect(fd_, address, size) != 0) throw std::runtime_error("connect");
    }

    [[nodiscard]] bool read(std::string& into) const
    {
        std::size_t done = 0;
        while (done < into.size()) {
            const ssize_t size = ::recv(fd_, &into[done], into.size() - done, 0);
            if (size < 0 && errno == EAGAIN) throw std::runtime_error("the other side is silent");
            if (size <= 0) return false;
            done += static_cast<std::size_t>(size);
        }
        return true;
    }

    int fd_ = -1;
};

/// What who has the key says to `#CHALLENGE#...`.
[[nodiscard]] inline std::string answer_to(std::string_view challenge, std::string_view key)
{
    OpensslMac mac;
    challenge.remove_prefix(std::string_view("#CHALLENGE#").size());
    const auto digest = mac.hmac_sha256(base::as_bytes(key), base::as_bytes(challenge));
    return "{sha256}" + std::string(base::as_text(digest));
}

}  // namespace penstock::support
