// ListenSocket: a socket that listens, and the file that it has in the file system.
// Invariant: it removes no file but its own, and takes no path from a listener that lives.
#pragma once

#include "client/src/io/descriptor.hpp"
#include "common/base/endpoint.hpp"

#include <string>
#include <sys/types.h>
#include <system_error>

namespace penstock::blocking {

struct ListenSpec {
    base::Endpoint endpoint;
    int backlog = 0;
    mode_t mode = 0600;          // of a Unix socket's file
    bool loopback_only = false;  // TCP
};

class ListenSocket {
public:
    ListenSocket() = default;
    ~ListenSocket() { close(); }
    ListenSocket(ListenSocket&& other) noexcept;
    ListenSocket& operator=(ListenSocket&& other) = delete;

    /// As `spec` says; `text` says more than the error, and is complete. A child doesn't inherit
    /// it: it would keep the address open when its parent is gone.
    [[nodiscard]] std::error_code open(const ListenSpec& spec, std::string& text);
    /// Idempotent.
    void close() noexcept;

    [[nodiscard]] int get() const { return socket_.get(); }
    /// With the port that the system chose.
    [[nodiscard]] const base::Endpoint& endpoint() const { return endpoint_; }

private:
    [[nodiscard]] std::error_code open_unix(const ListenSpec& spec, std::string& text);
    [[nodiscard]] std::error_code open_tcp(const ListenSpec& spec, std::string& text);

    io::Descriptor socket_;
    base::Endpoint endpoint_;
    bool owns_file_ = false;
    dev_t device_ = 0;  // the file's
    ino_t inode_ = 0;
};

}  // namespace penstock::blocking
