// Descriptor: owns a file descriptor. A session's socket is closed in the child of a fork: else the
// child would hide its parent's death from the broker.
#pragma once

#include <cstdint>

namespace penstock::io {

class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    /// A new socket that belongs to this process alone; as ::socket(), errno says why there is
    /// none.
    [[nodiscard]] static Descriptor session_socket(int domain, int type, int protocol);
    /// The same for one that is open already.
    [[nodiscard]] static Descriptor session_socket(int fd);
    /// The same for a connection that waits at `listening`, which must not block.
    [[nodiscard]] static Descriptor session_accept(int listening);
    ~Descriptor() { reset(); }
    Descriptor(Descriptor&& other) noexcept { take(other); }
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
    void reset() noexcept;
    /// It is the caller's to close, and a child inherits it.
    [[nodiscard]] int release() noexcept;
    /// From now on a child inherits it, like any other descriptor.
    void share_with_children() noexcept;

private:
    friend class SessionSockets;

    void take(Descriptor& other) noexcept;

    int fd_ = -1;
    // Those of sessions are in a list. 0: this one is not.
    std::uint64_t process_ = 0;
    Descriptor* previous_ = nullptr;
    Descriptor* next_ = nullptr;
};

}  // namespace penstock::io
