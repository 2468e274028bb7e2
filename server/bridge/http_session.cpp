#include "server/bridge/http_session.hpp"

#include "server/bridge/answers.hpp"
#include "server/bridge/limits.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <array>
#include <optional>
#include <sstream>
#include <utility>

namespace penstock::bridge {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

/// How much is thrown away that comes behind an answered request, so that the answer gets there.
constexpr std::size_t rest_size_max = body_size_max;

std::string text(beast::string_view view)
{
    return {view.data(), view.size()};
}

class Session : public std::enable_shared_from_this<Session> {
public:
    Session(tcp::socket socket, std::string peer, std::shared_ptr<HttpOwner> owner)
        : stream_(std::move(socket)), peer_(std::move(peer)), owner_(std::move(owner))
    {
        parser_.header_limit(header_size_max);
        parser_.body_limit(body_size_max);
    }
    ~Session() { owner_->http_ended(peer_); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// The whole request has its time, however it trickles in.
    void read()
    {
        stream_.expires_after(request_time_max);
        http::async_read(
            stream_, buffer_, parser_, [self = shared_from_this()](error_code ec, std::size_t) {
                self->was_read(ec);
            });
    }

private:
    void was_read(error_code ec)
    {
        if (ec == http::error::end_of_stream) return;
        if (ec) return refuse(ec);
        request_ = std::make_shared<const Request>(taken());
        stream_.expires_never();  // answering has limits of its own
        const bool replies = owner_->requested(
            request_,
            [self = shared_from_this()](Response response) { self->reply(std::move(response)); });
        if (!replies) owner_->hand_on(stream_.release_socket(), request_);
    }

    /// Not of our category: the peer is gone, and so is whoever would read an answer.
    void refuse(error_code ec)
    {
        if (ec.category() != http::make_error_code(http::error::end_of_stream).category()) return;
        unsigned status = 400;
        if (ec == http::error::header_limit) status = 431;
        if (ec == http::error::body_limit) status = 413;
        if (ec == http::error::partial_message) return;
        reply(problem(status, "this is no request that is served here: " + ec.message()));
    }

    [[nodiscard]] Request taken()
    {
        const auto& message = parser_.get();
        Request request;
        request.method = text(message.method_string());
        request.target = text(message.target());
        const auto hosts = message.equal_range(http::field::host);
        for (auto at = hosts.first; at != hosts.second; ++at) {
            request.hosts.push_back(text(at->value()));
        }
        const auto origins = message.equal_range(http::field::origin);
        for (auto at = origins.first; at != origins.second; ++at) {
            // Of two the one that is not ours counts: what is refused once stays refused.
            request.origin = request.origin ? *request.origin + "," : std::string();
            *request.origin += text(at->value());
        }
        request.authorization = text(message[http::field::authorization]);
        request.if_none_match = text(message[http::field::if_none_match]);
        request.protocols = text(message[http::field::sec_websocket_protocol]);
        request.has_transfer_encoding = message.count(http::field::transfer_encoding) != 0;
        request.is_http_1_1 = message.version() == 11;
        request.is_upgrade = beast::websocket::is_upgrade(message);
        request.peer = peer_;
        error_code ec;
        const tcp::endpoint local = stream_.socket().local_endpoint(ec);
        if (!ec) request.local = local.address().to_string();
        if (request.is_upgrade) {
            std::ostringstream head;
            head << message.base();
            request.head = head.str();
        }
        return request;
    }

    void reply(Response response)
    {
        response_ = std::move(response);
        const bool no_body = response_.status == 304;
        const std::string_view body = no_body ? std::string_view() : response_.body();
        message_.version(11);
        message_.result(response_.status);
        for (const auto& [name, value] : all_headers(response_)) message_.set(name, value);
        // HEAD says how long it would have been.
        const bool is_head = request_ && request_->method == "HEAD";
        if (!no_body) message_.content_length(body.size());
        const std::string_view sent = is_head ? std::string_view() : body;
        message_.body() = {sent.data(), sent.size()};
        serializer_.emplace(message_);
        serializer_->split(is_head);
        stream_.expires_after(request_time_max);
        const auto written = [self = shared_from_this()](error_code ec, std::size_t) {
            if (!ec) self->finish();
        };
        if (is_head) {
            http::async_write_header(stream_, *serializer_, written);
        } else {
            http::async_write(stream_, *serializer_, written);
        }
    }

    /// Closing with unread input would reset the connection, and the answer might be lost.
    void finish()
    {
        error_code ec;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ec);
        if (!ec) discard();
    }

    void discard()
    {
        stream_.async_read_some(asio::buffer(rest_),
                                [self = shared_from_this()](error_code ec, std::size_t size) {
                                    self->discarded_ += size;
                                    if (ec || self->discarded_ > rest_size_max) return;
                                    self->discard();
                                });
    }

    beast::tcp_stream stream_;
    const std::string peer_;
    const std::shared_ptr<HttpOwner> owner_;
    beast::flat_buffer buffer_{header_size_max + body_size_max};
    http::request_parser<http::string_body> parser_;
    std::shared_ptr<const Request> request_;
    Response response_;
    http::response<http::span_body<const char>> message_;
    std::optional<http::response_serializer<http::span_body<const char>>> serializer_;
    std::array<char, 1024> rest_{};
    std::size_t discarded_ = 0;
};

}  // namespace

void serve_http(tcp::socket socket, std::string peer, std::shared_ptr<HttpOwner> owner)
{
    std::make_shared<Session>(std::move(socket), std::move(peer), std::move(owner))->read();
}

}  // namespace penstock::bridge
