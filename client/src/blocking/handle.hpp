// Handle: an open queue of a connection. What detail::QueueHandle points to.
#pragma once

#include "client/src/blocking/connection.hpp"
#include "client/src/blocking/waitable.hpp"
#include "client/src/handed_items.hpp"
#include "client/src/io/process.hpp"

#include <penstock/detail/handle.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace penstock::blocking {

class Handle : public io::ProcessBound, public Waitable {
public:
    /// `id` is open. `joinable`: remember what is handed out.
    Handle(std::shared_ptr<Connection> connection,
           wire::HandleId id,
           std::string name,
           bool joinable);
    ~Handle() override;

    void put(Bytes bytes, detail::PutSpec spec, Duration timeout, std::error_code& ec);
    [[nodiscard]] PutReport put_many(detail::EncodedItems items,
                                     detail::PutSpec spec,
                                     PutManyOptions options);
    [[nodiscard]] detail::RawItem get(Duration timeout, std::error_code& ec);
    [[nodiscard]] std::vector<detail::RawItem> get_many(std::size_t n,
                                                        Duration timeout,
                                                        std::error_code& ec);
    /// All of one connection, at least one. Sets `which` to the index of the one that was served.
    [[nodiscard]] static detail::RawItem get_any(std::span<const std::shared_ptr<Handle>> handles,
                                                 Duration timeout,
                                                 std::size_t& which,
                                                 std::error_code& ec);
    [[nodiscard]] bool shares_connection_with(const Handle& other) const
    {
        return connection_ == other.connection_;
    }
    [[nodiscard]] detail::Fill fill(std::error_code& ec);
    void shutdown(bool immediate, std::error_code& ec);
    /// Of an end of a pipe. Its waiting calls in that direction end with errc::closed.
    void end_half(wire::ShutdownHow half);
    void done(const detail::ItemToken& token, std::error_code& ec);
    void task_done(std::error_code& ec);
    void join(Duration timeout, std::error_code& ec);
    void close();
    /// In a child, instead of the destructor.
    void leave() noexcept { connection_.reset(); }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] wire::HandleId id() const { return id_; }
    [[nodiscard]] const std::shared_ptr<Connection>& connection() const { return connection_; }

    /// Ready when a get would be answered at once.
    [[nodiscard]] Watch begin_wait(std::error_code& ec) override;
    [[nodiscard]] bool ready(std::error_code& ec) override;
    void end_wait() noexcept override {}
    [[nodiscard]] const Handle* at_broker() const override { return this; }

private:
    [[nodiscard]] protocol::Answer call(protocol::Request request, Duration timeout);
    [[nodiscard]] protocol::Answer call(protocol::Request request,
                                        Duration timeout,
                                        protocol::Acknowledge acknowledge);
    [[nodiscard]] detail::RawItem raw(const protocol::Answer& answer, const protocol::GotItem& got);

    std::shared_ptr<Connection> connection_;
    wire::HandleId id_;
    std::string name_;
    bool joinable_;
    std::atomic<bool> closed_ = false;
    HandedItems handed_;
};

}  // namespace penstock::blocking
