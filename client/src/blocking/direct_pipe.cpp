// penstock::Listener and dial: pipes over a socket that both sides have shaken hands on.
#include "client/src/blocking/direct_end.hpp"
#include "client/src/blocking/listener.hpp"
#include "client/src/complete_error.hpp"
#include "client/src/io/dial.hpp"
#include "client/src/io/dial_pipe.hpp"
#include "client/src/io/handshake_io.hpp"
#include "client/src/io/poll_time.hpp"
#include "client/src/io/socket_peer.hpp"
#include "client/src/protocol/timeout.hpp"

#include <penstock/dial.hpp>
#include <penstock/listener.hpp>

#include <chrono>
#include <poll.h>
#include <utility>
#include <variant>

namespace penstock {

namespace {

using blocking::DirectEnd;
using io::find_key;
using io::HandshakeTurn;
using io::invalid;
using io::Refusal;
using std::chrono::steady_clock;

void report(const Refusal& refusal, std::error_code* ec)
{
    if (ec == nullptr) throw CompleteError(refusal.ec, refusal.text);
    *ec = refusal.ec;
}

/// Waits for what the handshake waits for; false when the time is over.
bool wait_for(int socket, HandshakeTurn::State awaited, base::TimePoint deadline)
{
    const bool for_room = awaited == HandshakeTurn::State::awaits_room;
    while (true) {
        pollfd entry{socket, static_cast<short>(for_room ? POLLOUT : POLLIN), 0};
        if (::poll(&entry, 1, io::poll_timeout_ms(deadline)) > 0) return true;
        if (steady_clock::now() >= deadline) return false;
    }
}

std::string dial_text(const io::Dialled& dialled)
{
    if (!dialled.text.empty()) return dialled.text;
    const bool nobody = dialled.ec == std::errc::no_such_file_or_directory ||
                        dialled.ec == std::errc::connection_refused;
    return (nobody ? "nobody listens there: " : "") + dialled.ec.message();
}

/// Shakes hands with who is at the other end of `socket`.
Refusal shake_hands(int socket,
                    LegacyMd5 legacy_md5,
                    std::span<const std::byte> key,
                    base::TimePoint deadline)
{
    io::DialledHandshake handshake(socket, legacy_md5, key);
    while (true) {
        HandshakeTurn turn = handshake.go_on();
        if (turn.state == HandshakeTurn::State::done) return {};
        if (turn.state == HandshakeTurn::State::failed) return {turn.ec, std::move(turn.why)};
        if (!wait_for(socket, turn.state, deadline)) return handshake.late();
    }
}

/// A connection, or why there is none.
std::variant<detail::PipeEndHandle, Refusal> try_dial(std::string_view address,
                                                      const DialOptions& options)
{
    const base::TimePoint deadline = protocol::deadline_after(steady_clock::now(), options.timeout);
    const io::PipeDialling dialling = io::prepare_dial(address, options);
    if (dialling.why.ec) return dialling.why;
    const std::string where = base::to_string(dialling.endpoint);
    const auto refused = [&where](std::error_code ec, const std::string& why) {
        return Refusal{ec, "dial " + where + ": " + why};
    };
    io::Dialled dialled =
        io::dial(dialling.endpoint, deadline, options.peer_uid, io::Party::listener);
    if (dialled.ec) return refused(dialled.ec, dial_text(dialled));
    const int socket = dialled.socket.get();
    const Refusal why = shake_hands(socket, dialling.legacy_md5, dialling.key, deadline);
    if (why.ec) return refused(why.ec, why.text);
    io::make_blocking(socket);
    return detail::PipeEndHandle(
        DirectEnd::make(std::move(dialled.socket),
                        PipeOptions{.message_size_max = options.message_size_max},
                        {},
                        "the pipe to " + where));
}

/// What a listener is asked for, once it makes sense.
std::variant<blocking::Listener::Options, Refusal> listener_options(const ListenerOptions& options)
{
    auto key = find_key(options.key_file, options.key);
    if (auto* why = std::get_if<Refusal>(&key)) return std::move(*why);
    if (options.handshake_timeout <= Duration::zero()) {
        return invalid("a handshake_timeout of nothing lets nobody in");
    }
    if (options.handshakes_max < 1) return invalid("handshakes_max is at least 1");
    if (options.backlog < 1) return invalid("backlog is at least 1");
    if (options.mode > 0777) return invalid("a mode has three digits: 0600");
    return blocking::Listener::Options{std::get<base::Bytes>(std::move(key)),
                                       options.legacy_md5,
                                       options.handshake_timeout,
                                       options.handshakes_max,
                                       options.any_user,
                                       options.message_size_max};
}

std::variant<std::shared_ptr<blocking::Listener>, Refusal> try_listen(
    std::string_view address, const ListenerOptions& options)
{
    auto parsed = base::parse_endpoint(address);
    if (auto* why = std::get_if<std::string>(&parsed)) return invalid("listen: " + *why);
    const auto& endpoint = std::get<base::Endpoint>(parsed);
    const std::string where = base::to_string(endpoint);
    auto checked = listener_options(options);
    if (const auto* why = std::get_if<Refusal>(&checked)) {
        return Refusal{why->ec, "listen at " + where + ": " + why->text};
    }
    auto& checked_options = std::get<blocking::Listener::Options>(checked);
    blocking::ListenSpec spec;
    spec.endpoint = endpoint;
    spec.backlog = options.backlog;
    spec.mode = options.mode;
    spec.loopback_only = checked_options.key.empty();
    blocking::ListenSocket socket;
    Refusal refusal;
    refusal.ec = socket.open(spec, refusal.text);
    if (refusal.ec) return refusal;
    auto listener = io::make_process_bound<blocking::Listener>(
        std::move(socket), std::move(checked_options), refusal.ec);
    if (!refusal.ec) return listener;
    refusal.text = "listen at " + where + ": " + refusal.ec.message();
    return refusal;
}

}  // namespace

namespace detail {

PipeEndHandle dial(std::string_view address, const DialOptions& options, std::error_code* ec)
{
    if (ec != nullptr) ec->clear();
    auto result = try_dial(address, options);
    if (auto* end = std::get_if<PipeEndHandle>(&result)) return std::move(*end);
    report(std::get<Refusal>(result), ec);
    return {};
}

}  // namespace detail

Listener::Listener() noexcept = default;
Listener::Listener(std::string_view address, ListenerOptions options)
{
    open(address, options, nullptr);
}
Listener::Listener(std::string_view address, ListenerOptions options, std::error_code& ec)
{
    open(address, options, &ec);
}
Listener::~Listener()
{
    close();
}
Listener::Listener(Listener&& other) noexcept = default;
Listener& Listener::operator=(Listener&& other) noexcept
{
    if (this != &other) {
        close();
        listener_ = std::move(other.listener_);
    }
    return *this;
}

void Listener::open(std::string_view address, const ListenerOptions& options, std::error_code* ec)
{
    if (ec != nullptr) ec->clear();
    auto result = try_listen(address, options);
    if (auto* listener = std::get_if<std::shared_ptr<blocking::Listener>>(&result)) {
        listener_ = std::move(*listener);
    } else {
        report(std::get<Refusal>(result), ec);
    }
}

detail::PipeEndHandle Listener::accept_end(Duration timeout, std::error_code& ec)
{
    ec = errc::closed;
    if (!listener_) return {};
    const std::shared_ptr<blocking::Listener> listener = listener_;
    blocking::Listener::Accepted accepted = listener->accept(timeout, ec);
    if (ec) return {};
    const std::string from = accepted.peer.address.empty() ? "" : " from " + accepted.peer.address;
    return detail::PipeEndHandle(
        DirectEnd::make(std::move(accepted.socket),
                        PipeOptions{.message_size_max = listener->options().message_size_max},
                        {},
                        "the pipe accepted at " + address() + from));
}

std::string Listener::address() const
{
    return listener_ ? base::to_string(listener_->endpoint()) : std::string();
}

PeerInfo Listener::last_accepted() const
{
    if (!listener_) return {};
    io::SocketPeer peer = listener_->last_accepted();
    return {std::move(peer.address), peer.uid, peer.pid};
}

std::uint64_t Listener::failures() const noexcept
{
    return listener_ ? listener_->failures() : 0;
}

std::string Listener::last_failure() const
{
    return listener_ ? listener_->last_failure() : std::string();
}

int Listener::fileno() const noexcept
{
    return listener_ ? listener_->fileno() : -1;
}

Listener::operator Waitable() const
{
    return Waitable(std::shared_ptr<blocking::Waitable>(listener_));
}

bool Listener::closed() const noexcept
{
    return !listener_ || listener_->closed();
}

void Listener::close() noexcept
{
    if (listener_) listener_->close();
}

}  // namespace penstock
