#include "server/bridge/websocket_session.hpp"

#include "server/bridge/limits.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <utility>
#include <vector>

namespace penstock::bridge {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

using Owner = std::shared_ptr<WebSocketOwner>;

TimePoint now()
{
    return std::chrono::steady_clock::now();
}

class Session final : public WebSocketSession, public std::enable_shared_from_this<Session> {
public:
    Session(tcp::socket socket, WebSocketStart start, State& state, Owner owner)
        : owner_(std::move(owner)),
          stream_(std::move(socket)),
          timer_(stream_.get_executor()),
          start_(std::move(start)),
          live_(state, start_.role, start_.server, now())
    {}
    ~Session() override { owner_->websocket_ended(*this); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void accept()
    {
        websocket::stream_base::timeout timeout{};
        timeout.handshake_timeout = request_time_max;
        // Who doesn't acknowledge is told so first, by Live.
        timeout.idle_timeout = 2 * idle_time_max;
        timeout.keep_alive_pings = true;
        stream_.set_option(timeout);
        stream_.set_option(websocket::stream_base::decorator(
            [protocol = start_.protocol](websocket::response_type& response) {
                if (!protocol.empty()) response.set("Sec-WebSocket-Protocol", protocol);
            }));
        stream_.read_message_max(message_size_max);
        stream_.auto_fragment(false);
        stream_.async_accept(asio::buffer(start_.head), [self = shared_from_this()](error_code ec) {
            if (ec) return;
            self->open_ = true;
            self->read();
            self->write();
        });
    }

    void wake() override { write(); }

    void end(CloseCode code, std::string why, milliseconds retry) override
    {
        live_.end(code, std::move(why), retry);
        write();
    }

    void abort() override
    {
        error_code ignored;
        timer_.cancel();
        beast::get_lowest_layer(stream_).socket().close(ignored);
    }

    [[nodiscard]] std::optional<milliseconds> tick() const override { return live_.tick(); }
    [[nodiscard]] Role role() const override { return start_.role; }
    [[nodiscard]] const std::string& peer() const override { return start_.peer; }

private:
    void read()
    {
        stream_.async_read(buffer_, [self = shared_from_this()](error_code ec, std::size_t) {
            self->was_read(ec);
        });
    }

    /// An error is the end: Beast has answered a closing, or a breach of the protocol, itself.
    void was_read(error_code ec)
    {
        if (ec || closing_) {
            timer_.cancel();
            gone_ = true;
            return;
        }
        const auto tick = live_.tick();
        const auto data = buffer_.data();
        const std::string_view text(static_cast<const char*>(data.data()), data.size());
        if (stream_.got_text()) {
            live_.receive(text, now());
        } else {
            live_.end(CloseCode::bad_message, "a binary message", milliseconds(5000));
        }
        buffer_.consume(buffer_.size());
        for (Command& command : live_.take_commands()) start(std::move(command));
        if (live_.tick() != tick) owner_->pace_changed();
        write();
        read();
    }

    void start(Command command)
    {
        owner_->command(*this, std::move(command), [weak = weak_from_this()](const Reply& reply) {
            const auto self = weak.lock();
            if (!self) return;
            self->live_.reply(reply);
            self->write();
        });
    }

    void write()
    {
        if (!open_ || gone_ || closing_) return;
        if (!writing_.empty()) {
            if (live_.stuck(now())) return abort();
            return wait();
        }
        writing_ = live_.next(now());
        if (writing_.empty()) {
            if (live_.closing()) return close();
            return wait();
        }
        std::vector<asio::const_buffer> buffers;
        for (const Piece& piece : writing_.pieces) buffers.push_back(asio::buffer(*piece));
        stream_.text(true);
        stream_.async_write(buffers, [self = shared_from_this()](error_code ec, std::size_t) {
            self->writing_ = {};
            if (ec) return self->abort();
            self->write();
        });
        wait();
    }

    void wait()
    {
        const TimePoint deadline =
            writing_.empty() ? live_.next_deadline() : now() + acknowledge_time_max;
        timer_.expires_at(deadline);
        timer_.async_wait([weak = weak_from_this()](error_code ec) {
            const auto self = weak.lock();
            if (!ec && self) self->write();
        });
    }

    void close()
    {
        closing_ = true;
        timer_.cancel();
        const Bye& bye = *live_.closing();
        const websocket::close_reason reason(static_cast<websocket::close_code>(bye.code),
                                             bye.why.substr(0, 120));
        stream_.async_close(reason, [self = shared_from_this()](error_code) { self->abort(); });
    }

    const Owner owner_;  // first: Live has the owner's state
    websocket::stream<beast::tcp_stream> stream_;
    asio::steady_timer timer_;
    const WebSocketStart start_;
    Live live_;
    beast::flat_buffer buffer_{message_size_max + 64};
    Frame writing_;  // what is in flight
    bool open_ = false;
    bool closing_ = false;
    bool gone_ = false;
};

}  // namespace

std::shared_ptr<WebSocketSession> serve_websocket(tcp::socket socket,
                                                  WebSocketStart start,
                                                  State& state,
                                                  std::shared_ptr<WebSocketOwner> owner)
{
    auto session =
        std::make_shared<Session>(std::move(socket), std::move(start), state, std::move(owner));
    session->accept();
    return session;
}

}  // namespace penstock::bridge
