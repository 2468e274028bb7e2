// Handle: an open queue of an asynchronous connection.
#pragma once

#include "client/src/async/connection.hpp"
#include "client/src/handed_items.hpp"
#include "client/src/protocol/requests.hpp"

#include <penstock/async/detail/calls.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

namespace penstock::async::detail {

/// From any thread.
class Handle {
public:
    /// `joinable`: remember what is handed out.
    Handle(std::shared_ptr<Connection> connection, wire::HandleId id, bool joinable)
        : connection_(std::move(connection)), id_(id), joinable_(joinable)
    {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { close(); }

    [[nodiscard]] Connection& connection() const { return *connection_; }
    [[nodiscard]] bool shares_connection_with(const Handle& other) const
    {
        return connection_ == other.connection_;
    }
    [[nodiscard]] wire::HandleId id() const { return id_; }
    [[nodiscard]] bool joinable() const { return joinable_; }
    [[nodiscard]] protocol::Acknowledge acknowledge() const
    {
        using enum protocol::Acknowledge;
        return joinable_ ? with_next_call : when_told;
    }

    void close()
    {
        if (!closed_.exchange(true)) connection_->close_handle(id_);
    }
    [[nodiscard]] bool closed() const { return closed_; }

    /// An item that is being handed to the user.
    [[nodiscard]] RawItem hand(const protocol::Answer& answer, const protocol::GotItem& got)
    {
        RawItem item = protocol::to_item(got, answer.op, connection_->session_number());
        if (joinable_) handed_.add(everybody, item.token);
        return item;
    }
    /// The oldest one that is not finished, or a token that names none.
    [[nodiscard]] ItemToken take_oldest() { return handed_.take_oldest(everybody); }
    /// It is finished by its name.
    void finished(const ItemToken& token) { handed_.remove(token); }

private:
    /// Whoever awaits here may be on another thread each time.
    inline static const std::thread::id everybody{};

    const std::shared_ptr<Connection> connection_;
    const wire::HandleId id_;
    const bool joinable_;
    std::atomic<bool> closed_ = false;
    HandedItems handed_;
};

}  // namespace penstock::async::detail
