// Connection: one session with a broker, driven by an executor of its user's.
//
// Everything but the constructor and the calls that start something runs on one strand. Calls
// complete on the executors of their handlers, and never inside what started them.
#pragma once

#include "client/src/async/alarm.hpp"
#include "client/src/async/context.hpp"
#include "client/src/async/dialler.hpp"
#include "client/src/async/pending.hpp"
#include "client/src/async/states.hpp"
#include "client/src/io/connecting.hpp"
#include "client/src/io/descriptor.hpp"
#include "client/src/io/patience.hpp"
#include "client/src/io/process.hpp"
#include "client/src/io/session_link.hpp"
#include "client/src/protocol/call.hpp"
#include "common/base/time.hpp"

#include <penstock/async/detail/calls.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace penstock::async::detail {

inline constexpr wire::HandleId all_handles = 0;

using AnswerHandler = asio::any_completion_handler<void(protocol::Answer)>;

/// What ends with its user's client, though it needs no session.
class Follower {
public:
    virtual void client_closed() = 0;

protected:
    ~Follower() = default;
};

class Connection final : public std::enable_shared_from_this<Connection>,
                         public io::ProcessBound,
                         private ContextMember {
public:
    explicit Connection(asio::any_io_executor executor);

    // From any thread; what they start completes later.

    [[nodiscard]] asio::any_io_executor executor() const { return executor_; }
    /// Where everything happens: for calls that are made of several.
    [[nodiscard]] asio::strand<asio::any_io_executor> strand() const { return strand_; }
    void connect(io::Connecting prepared, ConnectOptions options, AnswerHandler handler);
    /// The handler's cancellation slot is used. `passed`: gets the socket that comes with the
    /// answer, if one does.
    void call(protocol::Request request,
              Duration timeout,
              AnswerHandler handler,
              protocol::Acknowledge acknowledge = protocol::Acknowledge::when_told,
              std::shared_ptr<io::Descriptor> passed = nullptr);
    void call_until(base::TimePoint deadline,
                    protocol::Request request,
                    AnswerHandler handler,
                    protocol::Acknowledge acknowledge = protocol::Acknowledge::when_told,
                    std::shared_ptr<io::Descriptor> passed = nullptr);
    /// Nobody takes the answer.
    void send(protocol::Request request);
    /// Tells `follower` when this is closed, unless the handle is closed before.
    void follow(wire::HandleId handle, std::weak_ptr<Follower> follower);
    /// What waits for it is errc::closed; what is on its way to a handler returns.
    void close_handle(wire::HandleId handle);
    /// Completes when the system has taken what is to be acknowledged.
    void flush(AnswerHandler handler);
    void close();
    /// In a child, instead of the destructor.
    void leave() noexcept {}
    [[nodiscard]] States& states() { return *states_; }
    [[nodiscard]] wire::HandleId new_handle() { return ++last_handle_; }
    /// Tells this session from others, of this process and of the broker. Once it is open.
    [[nodiscard]] std::uint64_t session_number() const { return session_number_; }

    /// What the broker lets this client have under way. On the strand.
    [[nodiscard]] wire::Grants grants() const;

private:
    /// A call under way.
    struct Pending : PendingHandler<protocol::Answer> {
        using PendingHandler::PendingHandler;
        protocol::CallId id = 0;  // 0: it was not started, or is done
        base::TimePoint deadline{};
        protocol::Acknowledge acknowledge = protocol::Acknowledge::when_told;
        std::optional<io::Patience> patience;
        std::optional<base::TimePoint> looked_at;  // the next time; see checks_
        std::shared_ptr<io::Descriptor> passed;
    };
    using PendingPtr = std::shared_ptr<Pending>;
    using Calls = std::unordered_map<protocol::CallId, PendingPtr>;

    void context_ended() override;
    void before_fork() override;
    void after_fork_in_parent() override;

    void start(const PendingPtr& pending, protocol::Request request);
    void cancel(const PendingPtr& pending, asio::cancellation_type type);
    void complete(const PendingPtr& pending, protocol::Answer answer);
    void deliver(const PendingPtr& pending, protocol::Answer answer);
    void delivered(protocol::CallId id, bool taken);
    void call_back(Fate why, wire::HandleId handle);

    void cancel_connect(const PendingPtr& pending);
    void begin(const PendingPtr& pending,
               io::Connecting prepared,
               std::optional<std::uint32_t> broker_uid);
    void dialled(io::Dialled dialled, protocol::SessionOptions session);
    void finish_connecting();
    void wait_for_input();
    void run();
    void wait_for_room();
    void take_answers();
    void complete_flushes();
    void check_at(const PendingPtr& pending);
    void look_at(Pending& pending, base::TimePoint when);
    /// Its answer is on its way, or nobody wants it.
    Calls::iterator forget(Calls::iterator at);
    void arm_timer();
    void look_at_deadlines();
    [[nodiscard]] base::TimePoint next_check(Pending& pending);
    [[nodiscard]] std::error_code cut_code() const;
    void tell_cut();
    void tell_end(std::error_code ec, std::string text);
    void fail(std::error_code ec, std::string text);
    void end(std::error_code ec, std::string text = {});
    [[nodiscard]] std::size_t unsent() const;

    const asio::any_io_executor executor_;
    asio::strand<asio::any_io_executor> strand_;
    const std::shared_ptr<States> states_;
    std::atomic<wire::HandleId> last_handle_ = 0;
    std::atomic<std::uint64_t> session_number_ = 0;

    // All below: on the strand.
    std::shared_ptr<Dialler> dialler_;
    std::string where_;                        // the address, for texts
    std::optional<std::uint32_t> broker_uid_;  // who runs it, if known
    PendingPtr connecting_;
    std::optional<io::SessionLink> io_;
    asio::posix::stream_descriptor readiness_;  // of the link's socket, which it doesn't own
    Alarm alarm_;
    Calls calls_;
    std::unordered_map<wire::HandleId, std::weak_ptr<Follower>> followers_;
    std::set<std::pair<base::TimePoint, protocol::CallId>> checks_;  // of calls_ only
    struct Flush {
        std::uint64_t until = 0;  // a position in the output
        PendingPtr pending;
    };
    std::vector<Flush> flushes_;
    bool waits_for_room_ = false;
    bool closed_ = false;  // by its user
    bool ended_ = false;   // nothing moves any more
    bool end_told_ = false;
};

}  // namespace penstock::async::detail
