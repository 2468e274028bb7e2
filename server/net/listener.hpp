// A listening socket: opened with care for what lies at its address, removed when it ends.
#pragma once

#include "common/base/endpoint.hpp"
#include "server/net/unique_fd.hpp"
#include "server/session/log_event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace penstock::net {

namespace asio = boost::asio;

enum class Auth : std::uint8_t { none, peer, key };

struct ListenSpec {
    base::Endpoint endpoint;
    Auth auth = Auth::peer;
    /// Unix sockets: make the folder, and insist that it is this user's alone.
    bool private_folder = false;
    /// A socket that listens already, opened by whoever started us: -1 is none.
    int inherited = -1;
    /// Unix sockets: the file's.
    mode_t mode = 0600;
    std::optional<gid_t> group = {};
};

/// Judges the addresses before one is opened: hosts must be known, and on loopback if there is no
/// key; the folders of sockets must be there, and no other file in their place; and no two may be
/// the same place. Throws std::runtime_error with a text for the user. `starts`: they are opened
/// next, so nobody will make a folder in /run for them.
void check_addresses(const std::vector<ListenSpec>& listen, bool starts);

/// Opens the socket that `spec` asks for and returns it, listening. Throws std::runtime_error with
/// a text for the user: somebody listens there already, no such folder, not a loopback address ...
class ListenSocket {
public:
    /// `backlog`: how many may wait to be accepted.
    ListenSocket(const ListenSpec& spec, int backlog);
    ~ListenSocket();
    ListenSocket(const ListenSocket&) = delete;
    ListenSocket& operator=(const ListenSocket&) = delete;

    [[nodiscard]] int fd() const { return fd_.get(); }
    /// Who connects from now on is refused at once. The path stays ours until the end.
    void stop() { fd_.reset(); }
    /// Of the file, if it is ours.
    void set_mode(mode_t mode);
    /// As it is: the real port.
    [[nodiscard]] const base::Endpoint& endpoint() const { return endpoint_; }

private:
    void take_lock();
    void open_unix(const ListenSpec& spec);
    void open_tcp(bool loopback_only);
    void adopt(const ListenSpec& spec);
    void remove_files();

    base::Endpoint endpoint_;
    const int backlog_;
    UniqueFd lock_;  // held while we own the path
    UniqueFd fd_;
    bool owns_lock_ = false;
    bool owns_path_ = false;
};

/// Accepts on a ListenSocket until stopped.
class Listener {
public:
    using OnAccept = std::function<void(UniqueFd, const Listener&)>;
    using OnLog = std::function<void(session::LogEvent)>;

    Listener(asio::any_io_executor executor,
             const ListenSpec& spec,
             int backlog,
             OnAccept accept,
             OnLog log);

    void start() { wait(); }
    void stop();
    void set_mode(mode_t mode) { socket_.set_mode(mode); }
    [[nodiscard]] Auth auth() const { return auth_; }
    [[nodiscard]] const base::Endpoint& endpoint() const { return socket_.endpoint(); }

private:
    void wait();
    void accept_some();
    [[nodiscard]] bool turn_one_away();
    void pause();
    void log_exhausted(std::string_view event, int error);

    ListenSocket socket_;
    Auth auth_;
    UniqueFd spare_;  // given up to accept and close when there is no descriptor left
    asio::posix::stream_descriptor readable_;
    asio::steady_timer pause_;
    OnAccept on_accept_;
    OnLog on_log_;
};

}  // namespace penstock::net
