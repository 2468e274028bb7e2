// Handle: an open queue of an asynchronous connection.
#pragma once

#include "client/src/async/connection.hpp"

#include <penstock/async/detail/calls.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace penstock::async::detail {

class Handle {
public:
    Handle(std::shared_ptr<Connection> connection, wire::HandleId id)
        : connection_(std::move(connection)), id_(id)
    {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { close(); }

    [[nodiscard]] Connection& connection() const { return *connection_; }
    [[nodiscard]] wire::HandleId id() const { return id_; }
    void close()
    {
        if (!closed_.exchange(true)) connection_->send(wire::Close{.handle = id_});
    }
    [[nodiscard]] bool closed() const { return closed_; }

private:
    const std::shared_ptr<Connection> connection_;
    const wire::HandleId id_;
    std::atomic<bool> closed_ = false;
};

}  // namespace penstock::async::detail
