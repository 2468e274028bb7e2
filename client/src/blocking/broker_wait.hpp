// BrokerWait: what one wait() waits for at one broker: queues, and ends of pipes that it relays.
//
// look() asks of each of them whether it is ready now. Only when nothing is, watch() asks to be
// told when something has become ready, for many with one request, and such an answer leads to
// another look.
#pragma once

#include "client/src/blocking/connection.hpp"
#include "client/src/blocking/handle.hpp"
#include "client/src/io/descriptor.hpp"
#include "common/base/time.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace penstock::blocking {

class BrokerWait {
public:
    /// `ec`: the system has no descriptors left.
    BrokerWait(std::shared_ptr<Connection> connection, std::error_code& ec);
    BrokerWait(const BrokerWait&) = delete;
    BrokerWait& operator=(const BrokerWait&) = delete;
    /// Calls off what was asked.
    ~BrokerWait();

    [[nodiscard]] bool is_at(const Connection& connection) const
    {
        return connection_.get() == &connection;
    }
    /// Before look(). `number` is the caller's own.
    void add(std::size_t number, const Handle& handle);

    void look();
    /// Errors: errc::too_many. Does nothing where it was asked already.
    void watch(base::TimePoint deadline, std::error_code& ec);

    /// When one of these is readable, or has room for output, step() is called for.
    struct Descriptors {
        int socket = -1;
        bool output = false;
        int wake = -1;
    };
    /// Takes what the broker has answered, without waiting.
    [[nodiscard]] Descriptors step();
    /// Each look has its answer.
    [[nodiscard]] bool settled() const { return looks_ == 0; }
    /// One whose look has none.
    [[nodiscard]] std::optional<std::size_t> unsettled() const;
    /// The numbers of those that have become ready, or to which a call would fail at once.
    [[nodiscard]] std::vector<std::size_t> take_ready() { return std::exchange(ready_, {}); }
    /// One whose queue was removed.
    [[nodiscard]] const std::optional<std::size_t>& removed() const { return removed_; }

private:
    struct Member {
        std::size_t number = 0;
        wire::HandleId handle = 0;
        protocol::CallId look = 0;  // 0: none under way
    };
    /// Of so many members, from the first one on.
    struct Group {
        std::size_t first = 0;
        std::size_t size = 0;
        protocol::CallId watch = 0;  // 0: none under way
    };

    [[nodiscard]] wire::Read read_of(const Group& group) const;
    void look(const Group& group);
    void take_look(Member& member);
    void take_watch(Group& group);
    void is_answered(const Member& member, std::error_code ec);

    const std::shared_ptr<Connection> connection_;
    Connection::Watcher watcher_;
    std::vector<Member> members_;
    std::vector<Group> groups_;
    std::size_t looks_ = 0;  // under way
    bool started_ = false;   // something that is not written yet
    std::vector<std::size_t> ready_;
    std::optional<std::size_t> removed_;
};

}  // namespace penstock::blocking
