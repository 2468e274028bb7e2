// Listener: takes connections, and shakes hands with many at once: none waits for another, and
// nobody for those who are silent. There is no helper thread: whoever waits in accept() or wait()
// drives all handshakes.
//
// Of several threads in accept() one (the leader) polls, the others sleep; any of them takes who is
// ready. One epoll descriptor stands for the listening socket and all handshakes.
#pragma once

#include "client/src/blocking/listen_socket.hpp"
#include "client/src/blocking/waitable.hpp"
#include "client/src/hmac.hpp"
#include "client/src/io/descriptor.hpp"
#include "client/src/io/process.hpp"
#include "client/src/io/socket_peer.hpp"
#include "client/src/protocol/direct_handshake.hpp"
#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

#include <penstock/options.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <system_error>

namespace penstock::blocking {

class Listener : public io::ProcessBound, public Waitable {
public:
    struct Options {
        base::Bytes key;  // empty: none
        LegacyMd5 legacy_md5 = LegacyMd5::local;
        base::Duration handshake_timeout{};
        std::size_t handshakes_max = 1;
        bool any_user = false;
        std::size_t message_size_max = 0;
    };
    /// `ec`: the system has no descriptors left.
    Listener(ListenSocket socket, Options options, std::error_code& ec);
    ~Listener() override;

    struct Accepted {
        io::Descriptor socket;
        io::SocketPeer peer;
    };
    /// errc::timed_out, closed, forked; a code of the system's when it lacks descriptors or memory
    /// for a connection.
    [[nodiscard]] Accepted accept(base::Duration timeout, std::error_code& ec);

    /// Ends accept() in other threads. Removes the socket's file.
    void close() noexcept;
    /// In a child, instead of the destructor.
    void leave() noexcept;
    [[nodiscard]] bool closed() const;

    [[nodiscard]] const base::Endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] const Options& options() const { return options_; }
    /// Readable means: accept(0) makes progress. -1 if it is closed.
    [[nodiscard]] int fileno() const;

    /// Of no address before the first one.
    [[nodiscard]] io::SocketPeer last_accepted() const;
    [[nodiscard]] std::uint64_t failures() const;
    [[nodiscard]] std::string last_failure() const;

    [[nodiscard]] Watch begin_wait(std::error_code& ec) override;
    [[nodiscard]] bool ready(std::error_code& ec) override;
    void end_wait() noexcept override;

private:
    using Lock = std::unique_lock<std::mutex>;

    struct Stranger {
        io::Descriptor socket;
        io::SocketPeer peer;
        protocol::DirectHandshake handshake;
        base::TimePoint deadline;  // of the message that is awaited
        bool watches_output = false;
    };
    using Strangers = std::map<std::uint64_t, Stranger>;

    [[nodiscard]] std::error_code turn(Lock& lock, base::TimePoint until);
    [[nodiscard]] std::error_code accept_some();
    void greet(io::Descriptor socket);
    void drive(Strangers::iterator who);
    void expire();
    [[nodiscard]] base::TimePoint first_deadline() const;

    void fail(const io::SocketPeer& peer, std::string_view why);
    void drop(Strangers::iterator who, std::string_view why);
    /// As epoll_ctl(); errno says why not.
    [[nodiscard]] bool watch(int operation,
                             int fd,
                             std::uint32_t events,
                             std::uint64_t id) noexcept;
    /// Makes wake_ say what is true now.
    void tell() noexcept;
    void release_if_unused() noexcept;

    OpensslMac mac_;
    const Options options_;
    const base::Endpoint endpoint_;

    mutable std::mutex mutex_;
    // All below.
    ListenSocket socket_;
    io::Descriptor epoll_;
    io::Descriptor wake_;     // readable while `ready_` is not empty, and once it is closed
    bool wake_told_ = false;  // it is readable
    Strangers strangers_;     // by age
    std::uint64_t last_id_ = 0;
    std::deque<Accepted> ready_;
    std::condition_variable changed_;
    bool leading_ = false;
    std::size_t waits_ = 0;  // begun and not ended
    bool closed_ = false;
    io::SocketPeer last_accepted_;
    std::uint64_t failures_ = 0;
    std::string last_failure_;
};

}  // namespace penstock::blocking
