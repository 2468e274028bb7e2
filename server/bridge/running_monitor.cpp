#include "server/bridge/running_monitor.hpp"

#include "server/bridge/events.hpp"
#include "server/bridge/executor.hpp"
#include "server/bridge/json_text.hpp"
#include "server/bridge/listen.hpp"
#include "server/bridge/token_file.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

namespace penstock::bridge {

namespace {

using asio::ip::tcp;
using boost::system::error_code;

/// After an accept that failed, most likely for want of descriptors.
constexpr milliseconds accept_pause{100};
constexpr seconds farewell_time_max{2};
constexpr milliseconds retry_after_restart{1000};
/// Over the limit, but to be told so: these say nothing else.
constexpr std::size_t turned_away_max = 16;

TimePoint now()
{
    return std::chrono::steady_clock::now();
}

std::int64_t wall_ms()
{
    const auto time = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<milliseconds>(time).count();
}

std::string fresh_boot()
{
    std::array<std::byte, 8> bytes{};
    fill_with_secret(bytes);
    return hex(bytes);
}

Tokens usable(Tokens tokens, bool operators)
{
    if (!operators) tokens.operator_.clear();
    return tokens;
}

}  // namespace

Monitor::Running::Running(asio::io_context& io, MonitorOptions options, MonitorLog log)
    : io_(io),
      options_(std::move(options)),
      log_(std::move(log)),
      tokens_(usable(load_tokens(options_.token_file), options_.operators)),
      acceptor_(listen(io, options_.host, options_.port, options_.port_given, options_.insecure)),
      address_(text_of(acceptor_.local_endpoint())),
      state_(fresh_boot()),
      answers_(Sites(acceptor_.local_endpoint().port(), options_.origins), tokens_),
      pause_(io),
      waiting_timer_(io),
      stopping_timer_(io)
{}

std::string Monitor::Running::url(Role role) const
{
    const tcp::endpoint endpoint = acceptor_.local_endpoint();
    const bool is_any = endpoint.address().is_unspecified();
    const std::string host = is_any ? "127.0.0.1:" + std::to_string(endpoint.port()) : address_;
    return "http://" + host +
           "/#t=" + (role == Role::operator_ ? tokens_.operator_ : tokens_.viewer);
}

void Monitor::Running::start()
{
    const std::weak_ptr<Running> weak = weak_from_this();
    LinkCallbacks callbacks;
    callbacks.reading = [weak](Reading reading) {
        if (const auto self = weak.lock()) self->take(std::move(reading));
    };
    callbacks.away = [weak](std::string why) {
        if (const auto self = weak.lock()) self->broker_away(std::move(why));
    };
    callbacks.connected = [weak] {
        const auto self = weak.lock();
        if (!self) return;
        self->begun_ = true;
        self->state_.set_away("");
        self->write_log({"info", events::monitor_connected, {}});
    };
    if (options_.port != 0 && acceptor_.local_endpoint().port() != options_.port) {
        write_log({"info", events::monitor_port_taken, {{"port", std::to_string(options_.port)}}});
    }
    state_.set_away("connecting to the broker");
    link_ = std::make_shared<Link>(io_.get_executor(), options_.broker, std::move(callbacks));
    link_->start();
    accept();
}

// --- Who comes ---------------------------------------------------------------------------------

void Monitor::Running::accept()
{
    acceptor_.async_accept([weak = weak_from_this()](error_code ec, tcp::socket socket) {
        const auto self = weak.lock();
        if (!self || self->stopping_ || ec == asio::error::operation_aborted) return;
        if (ec) {
            self->pause_.expires_after(accept_pause);
            self->pause_.async_wait([weak](error_code cancelled) {
                const auto again = weak.lock();
                if (!cancelled && again && !again->stopping_) again->accept();
            });
            return;
        }
        error_code gone;
        const tcp::endpoint peer = socket.remote_endpoint(gone);
        if (!gone) self->accepted(std::move(socket), peer.address().to_string());
        self->accept();
    });
}

void Monitor::Running::accepted(tcp::socket socket, const std::string& peer)
{
    close_on_exec(socket.native_handle());
    const auto found = connections_.find(peer);
    const std::size_t of_peer = found == connections_.end() ? 0 : found->second;
    if (connection_count_ >= connections_max || of_peer >= connections_of_peer_max) {
        return refuse(std::move(socket));
    }
    ++connections_[peer];
    ++connection_count_;
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    serve_http(std::move(socket), peer, shared_from_this());
}

/// With what goes into the socket at once, or nothing.
void Monitor::Running::refuse(tcp::socket socket)
{
    static constexpr std::string_view answer =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 43\r\n"
        "Retry-After: 5\r\nConnection: close\r\n\r\n"
        "too many connections; try again in a while\n";
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(answer), ignored);
    socket.shutdown(tcp::socket::shutdown_both, ignored);
}

void Monitor::Running::http_ended(const std::string& peer)
{
    --connection_count_;
    const auto found = connections_.find(peer);
    if (--found->second == 0) connections_.erase(found);
}

bool Monitor::Running::requested(std::shared_ptr<const Request> request, HttpOwner::Reply reply)
{
    Answers::Secret secret{};
    fill_with_secret(secret);
    Answers::Answer answer = answers_.answer(*request, state_, now(), secret);
    if (const auto* upgrade = std::get_if<Upgrade>(&answer)) {
        if (stopping_ || sessions_.size() >= monitors_max + turned_away_max) {
            reply(problem(503, "too many monitors; close one, and try again"));
            return true;
        }
        upgrade_ = *upgrade;
        return false;
    }
    if (auto* response = std::get_if<Response>(&answer)) {
        reply(std::move(*response));
    } else {
        Waiting waiting{std::move(request), std::get<Wanted>(answer), std::move(reply), {}};
        wait_for_rows(std::move(waiting));
    }
    return true;
}

void Monitor::Running::hand_on(tcp::socket socket, std::shared_ptr<const Request> request)
{
    const Upgrade upgrade = *std::exchange(upgrade_, std::nullopt);
    JsonText server;
    server.begin_object().key("name").text(options_.program);
    WebSocketStart start;
    start.head = request->head;
    start.protocol = upgrade.protocol;
    start.peer = request->peer;
    start.role = upgrade.role;
    start.server = server.take().substr(1);
    const bool too_many = sessions_.size() >= monitors_max;
    const auto session =
        serve_websocket(std::move(socket), std::move(start), state_, shared_from_this());
    sessions_.emplace(session.get(), session);
    if (too_many) {
        session->end(CloseCode::too_many,
                     "64 monitors are open; close one, and try again",
                     milliseconds(30'000));
        return;
    }
    write_log({"info",
               events::monitor_opened,
               {{"peer", session->peer()}, {"role", std::string(word_of(upgrade.role))}}});
}

void Monitor::Running::websocket_ended(const WebSocketSession& session)
{
    sessions_.erase(&session);
    write_log({"info", events::monitor_closed, {{"peer", session.peer()}}});
    set_pace();
    if (stopping_ && sessions_.empty() && stopped_) std::exchange(stopped_, nullptr)();
}

// --- What the broker says ----------------------------------------------------------------------

void Monitor::Running::take(Reading reading)
{
    if (reading.rows) rows_at_ = now();
    const bool rows = reading.rows;
    (void)state_.take(std::move(reading), now(), wall_ms(), fresh_boot());
    if (rows) answer_waiting();
    wake_all();
}

void Monitor::Running::broker_away(std::string why)
{
    rows_at_.reset();
    // Each reason once, not with each attempt.
    const bool is_new = state_.away() != why;
    begun_ = true;
    state_.set_away(std::move(why));
    if (is_new) write_log({"warning", events::monitor_away, {{"text", state_.away()}}});
    refuse_waiting(TimePoint::max(), state_.away());
    wake_all();
}

std::vector<std::shared_ptr<WebSocketSession>> Monitor::Running::sessions() const
{
    std::vector<std::shared_ptr<WebSocketSession>> alive;
    for (const auto& [key, weak] : sessions_) {
        if (auto session = weak.lock()) alive.push_back(std::move(session));
    }
    return alive;
}

void Monitor::Running::wake_all()
{
    for (const auto& session : sessions()) session->wake();
}

void Monitor::Running::pace_changed()
{
    set_pace();
}

/// The history wants a sample a second; rows are for those who look.
void Monitor::Running::set_pace()
{
    milliseconds interval = tick_default;
    bool rows = false;
    for (const auto& session : sessions()) {
        const auto tick = session->tick();
        if (!tick) continue;
        rows = true;
        interval = std::min(interval, *tick);
    }
    if (link_) link_->pace(interval, rows);
}

// --- What is answered from rows ----------------------------------------------------------------

void Monitor::Running::wait_for_rows(Waiting waiting)
{
    const bool is_away = begun_ && !state_.away().empty();
    if (is_away) return waiting.reply(problem(503, state_.away()));
    if (rows_at_ && *rows_at_ + answer_age_max > now()) {
        return waiting.reply(response_to(waiting));
    }
    waiting.until = now() + request_time_max;
    waiting_.push_back(std::move(waiting));  // at most one for each connection
    link_->read_now();
    wait_for_oldest();
}

void Monitor::Running::wait_for_oldest()
{
    if (waiting_.empty()) return;
    waiting_timer_.expires_at(waiting_.front().until);
    waiting_timer_.async_wait([weak = weak_from_this()](error_code ec) {
        const auto self = weak.lock();
        if (ec || !self) return;
        self->refuse_waiting(now(), "the broker has not answered for 5 s");
        self->wait_for_oldest();
    });
}

void Monitor::Running::answer_waiting()
{
    std::list<Waiting> waiting = std::exchange(waiting_, {});
    for (Waiting& each : waiting) each.reply(response_to(each));
}

void Monitor::Running::refuse_waiting(TimePoint until, const std::string& why)
{
    std::list<Waiting> refused;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        const auto next = std::next(at);
        if (at->until <= until) refused.splice(refused.end(), waiting_, at);
        at = next;
    }
    for (Waiting& each : refused) each.reply(problem(503, why));
}

Response Monitor::Running::response_to(const Waiting& waiting)
{
    return answers_.wanted_answer(waiting.wanted, *waiting.request, state_);
}

// --- What operators do -------------------------------------------------------------------------

void Monitor::Running::command(const WebSocketSession& session,
                               Command command,
                               std::function<void(bridge::Reply)> done)
{
    const auto log_result = [weak = weak_from_this(),
                             peer = session.peer(),
                             op = std::string(word_of(command.op)),
                             target = command.op == Op::kick ? std::to_string(command.connection)
                                                             : command.target,
                             done = std::move(done)](bridge::Reply reply) {
        if (const auto self = weak.lock()) {
            const std::string result = reply.ok ? "done" : reply.error;
            self->write_log({"info",
                             events::monitor_command,
                             {{"peer", peer}, {"op", op}, {"target", target}, {"result", result}}});
            if (self->link_) self->link_->read_now();  // so that it is seen at once
        }
        done(std::move(reply));
    };
    async::Client* client = link_->client();
    if (client == nullptr) return log_result(refusal(command, "away", state_.away()));
    execute(*client, std::move(command), log_result);
}

// --- The end -----------------------------------------------------------------------------------

void Monitor::Running::stop(std::function<void()> done)
{
    stopping_ = true;
    stopped_ = std::move(done);
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    if (link_) link_->stop();
    refuse_waiting(TimePoint::max(), "the monitor stops");
    for (const auto& session : sessions()) {
        session->end(CloseCode::going_away, "the monitor stops", retry_after_restart);
    }
    stopping_timer_.expires_after(sessions_.empty() ? seconds(0) : farewell_time_max);
    stopping_timer_.async_wait([weak = weak_from_this()](error_code ec) {
        const auto self = weak.lock();
        if (!ec && self) self->stop_now();
    });
}

void Monitor::Running::stop_now()
{
    stopping_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    waiting_timer_.cancel();
    stopping_timer_.cancel();
    if (link_) link_->stop();
    refuse_waiting(TimePoint::max(), "the monitor stops");
    for (const auto& session : sessions()) session->abort();
    if (stopped_) std::exchange(stopped_, nullptr)();
}

void Monitor::Running::write_log(const MonitorEvent& event) const
{
    if (log_) log_(event);
}

}  // namespace penstock::bridge
