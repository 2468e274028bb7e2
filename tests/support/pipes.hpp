// What tests of pipes share: messages to tell apart, and what calls end with.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/error.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace penstock::support {

inline constexpr std::size_t mib = std::size_t{1024} * 1024;
/// More than a socket holds.
inline constexpr std::size_t more_than_fits = 4 * mib;

inline Bytes pattern(std::size_t size)
{
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
    return bytes;
}

/// Whatever `call` throws.
template <class Call>
std::string text_of_error(Call call)
{
    try {
        call();
    } catch (const penstock::Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

template <class Call>
std::error_code code_of(Call call)
{
    std::error_code ec;
    (void)call(ec);
    return ec;
}

/// How many descriptors a process has; 0: this one.
inline std::size_t descriptors(pid_t pid = 0)
{
    const std::string process = pid == 0 ? "self" : std::to_string(pid);
    const std::filesystem::directory_iterator list("/proc/" + process + "/fd");
    return static_cast<std::size_t>(std::distance(begin(list), end(list)));
}

/// Two connected sockets, to be looked at from below; whoever takes one over calls `take`.
class RawPair {
public:
    /// Unix sockets.
    RawPair()
    {
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds_.data()) != 0)
            throw std::system_error(errno, std::system_category(), "socketpair");
    }
    RawPair(const RawPair&) = delete;
    RawPair& operator=(const RawPair&) = delete;
    ~RawPair()
    {
        close(0);
        close(1);
    }

    [[nodiscard]] int get(std::size_t i) const { return fds_.at(i); }
    [[nodiscard]] int take(std::size_t i) { return std::exchange(fds_.at(i), -1); }
    void close(std::size_t i)
    {
        if (fds_.at(i) >= 0) ::close(take(i));
    }

private:
    std::array<int, 2> fds_{};
};

}  // namespace penstock::support
