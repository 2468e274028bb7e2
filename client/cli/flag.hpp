// Flag: a descriptor that one thread makes readable for another.
#pragma once

#include <cerrno>
#include <cstdint>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace penstock::cli {

class Flag {
public:
    Flag() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    {
        if (fd_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
    }
    ~Flag() { ::close(fd_); }
    Flag(const Flag&) = delete;
    Flag& operator=(const Flag&) = delete;

    void raise() const noexcept
    {
        const std::uint64_t one = 1;
        (void)!::write(fd_, &one, sizeof(one));  // it can't be full
    }
    void lower() const noexcept
    {
        std::uint64_t count = 0;
        (void)!::read(fd_, &count, sizeof(count));  // it may be down already
    }
    [[nodiscard]] int descriptor() const { return fd_; }

private:
    int fd_;
};

}  // namespace penstock::cli
