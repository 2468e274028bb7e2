// Connection: one session with a broker, shared by all threads that call through it.
//
// There is no helper thread: of those that wait for an answer, one (the leader) polls the socket
// and reads for all, the others (followers) sleep. Every thread writes its own request, and leaves
// to the leader what the socket doesn't take. A leader that leaves wakes a follower to lead.
// Watchers, who wait for other things, too, poll the socket themselves while nobody leads.
//
// In the child of a fork it is of no use: each call is errc::forked, and takes no lock, which a
// thread that is not there might hold.
#pragma once

#include "client/src/io/descriptor.hpp"
#include "client/src/io/process.hpp"
#include "client/src/io/session_link.hpp"
#include "common/base/time.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <system_error>

namespace penstock::blocking {

class Connection : public io::ProcessBound {
public:
    Connection(io::Descriptor socket, protocol::SessionOptions options);
    ~Connection();

    /// The handshake and the broker's welcome. If it fails, `text` says more than the code.
    [[nodiscard]] std::error_code open(base::TimePoint deadline, std::string& text);

    /// Waits for the answer to `request`, to which the broker has `timeout` time. `socket` gets the
    /// one that came with the answer to an OPEN, if one did.
    [[nodiscard]] protocol::Answer call(
        protocol::Request request,
        base::Duration timeout,
        protocol::Acknowledge acknowledge = protocol::Acknowledge::when_told,
        io::Descriptor* socket = nullptr);
    /// Readable when something came for the session; -1 in its end.
    [[nodiscard]] int fileno();
    /// The same for several, which go out one behind the other: each is started as soon as less
    /// than `ahead` are under way. `next` gives the requests until there are none; `done` takes the
    /// answers in their order. Neither may call anything here. Not for a child.
    void calls(const std::function<std::optional<protocol::Request>()>& next,
               base::Duration timeout,
               std::size_t ahead,
               const std::function<void(protocol::Answer&&)>& done);
    /// What the broker lets this client have under way. Not for a child.
    [[nodiscard]] wire::Grants grants();

    // For one who waits for several things at once, in a poll(2) of his own. Not for a child.

    /// Calls that nobody sleeps for.
    struct Watcher {
        io::Descriptor wake;  // an eventfd: calls for a step()
    };
    /// So many calls of watchers may last at once: the broker bounds them together with short ones.
    static constexpr std::size_t lasting_max = 32;
    void begin(Watcher& watcher);
    /// Calls off what is under way.
    void end(Watcher& watcher) noexcept;
    /// 0: too many last already. Those with the deadline `base::immediate` don't.
    [[nodiscard]] protocol::CallId start(Watcher& watcher,
                                         protocol::Request request,
                                         base::TimePoint deadline);
    /// What calls for the next step, besides `wake`: nothing where another thread reads.
    struct Awaited {
        int socket = -1;
        bool output = false;  // also room for it
    };
    /// Does what can be done without waiting.
    [[nodiscard]] Awaited step(Watcher& watcher);
    /// The answer, once it is here.
    [[nodiscard]] std::optional<protocol::Answer> take(protocol::CallId id);

    /// Sends `request` without waiting; nobody takes the answer.
    void send(protocol::Request request);
    /// Returns when the system has taken what is to be acknowledged.
    [[nodiscard]] std::error_code flush();
    void close();
    /// In a child, instead of the destructor.
    void leave() noexcept { link_.close(); }

    /// Not for a child.
    [[nodiscard]] wire::HandleId new_handle();
    /// Why the broker ended the session, in its words; else empty.
    [[nodiscard]] std::string farewell();
    /// Tells this session from others, of this process and of the broker.
    [[nodiscard]] std::uint64_t session_number() const { return session_number_; }

private:
    /// A thread that waits. Calls have their id as key, others a key above all ids.
    struct Waiter {
        std::condition_variable wake;
    };
    struct Watched {
        Watcher* watcher = nullptr;
        bool lasting = false;
    };
    using WatchedCalls = std::map<protocol::CallId, Watched>;
    using Lock = std::unique_lock<std::mutex>;
    static constexpr std::uint64_t other_waiters = std::uint64_t{1} << 63;

    [[nodiscard]] protocol::Answer finish(Lock& lock,
                                          protocol::CallId id,
                                          Waiter& self,
                                          base::TimePoint deadline);
    void enter(std::uint64_t key, Waiter& self);
    void leave(std::uint64_t key);
    [[nodiscard]] std::uint64_t enter_other(Waiter& self);
    void turn(Lock& lock, Waiter& self, base::TimePoint until);
    void have_output_written();
    static void tell(const Watcher& watcher) noexcept;
    void lead(Lock& lock, base::TimePoint until);
    void write();
    void wake_answered(const Watcher* but = nullptr);
    void release_link();
    [[nodiscard]] bool ended() const { return io_.ended(); }
    [[nodiscard]] std::size_t unsent() const;
    WatchedCalls::iterator forget(WatchedCalls::iterator watched);

    std::uint64_t session_number_ = 0;  // constant after open()

    std::mutex mutex_;
    // All below; link_ is also used by the leader without it.
    io::SessionLink io_;
    protocol::Session& session_;  // of io_, as the next one
    io::Link& link_;
    std::map<std::uint64_t, Waiter*> waiters_;
    std::set<Watcher*> watchers_;
    WatchedCalls watched_;
    std::size_t lasting_ = 0;  // of watched_
    std::uint64_t last_other_ = other_waiters;
    bool leading_ = false;       // somebody polls
    bool polls_output_ = false;  // ... for room to write, too
    bool released_ = false;
};

}  // namespace penstock::blocking
