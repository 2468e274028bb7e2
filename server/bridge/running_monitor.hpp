// Monitor::Running: what a Monitor is made of. Its sessions keep it alive.
#pragma once

#include "server/bridge/answers.hpp"
#include "server/bridge/http_session.hpp"
#include "server/bridge/link.hpp"
#include "server/bridge/monitor.hpp"
#include "server/bridge/state.hpp"
#include "server/bridge/websocket_session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace penstock::bridge {

class Monitor::Running final : public HttpOwner,
                               public WebSocketOwner,
                               public std::enable_shared_from_this<Running> {
public:
    Running(asio::io_context& io, MonitorOptions options, MonitorLog log);

    [[nodiscard]] const std::string& address() const { return address_; }
    [[nodiscard]] std::string url(Role role) const;
    [[nodiscard]] const std::string& token_file() const { return options_.token_file; }
    void start();
    void stop(std::function<void()> done);
    /// Without a goodbye.
    void stop_now();

private:
    /// An HTTP request that waits for a reading with rows.
    struct Waiting {
        std::shared_ptr<const Request> request;
        Wanted wanted{};
        Reply reply;
        TimePoint until{};
    };

    bool requested(std::shared_ptr<const Request> request, HttpOwner::Reply reply) override;
    void hand_on(asio::ip::tcp::socket socket, std::shared_ptr<const Request> request) override;
    void http_ended(const std::string& peer) override;
    void command(const WebSocketSession& session,
                 Command command,
                 std::function<void(bridge::Reply)> done) override;
    void pace_changed() override;
    void websocket_ended(const WebSocketSession& session) override;

    void accept();
    void accepted(asio::ip::tcp::socket socket, const std::string& peer);
    void refuse(asio::ip::tcp::socket socket);
    void take(Reading reading);
    void broker_away(std::string why);
    void wait_for_rows(Waiting waiting);
    void wait_for_oldest();
    void answer_waiting();
    void refuse_waiting(TimePoint until, const std::string& why);
    [[nodiscard]] Response response_to(const Waiting& waiting);
    void wake_all();
    void set_pace();
    void write_log(const MonitorEvent& event) const;
    [[nodiscard]] std::vector<std::shared_ptr<WebSocketSession>> sessions() const;

    asio::io_context& io_;
    MonitorOptions options_;
    MonitorLog log_;
    Tokens tokens_;
    asio::ip::tcp::acceptor acceptor_;
    std::string address_;
    State state_;
    Answers answers_;
    std::shared_ptr<Link> link_;
    asio::steady_timer pause_;  // before accepting again
    asio::steady_timer waiting_timer_;
    asio::steady_timer stopping_timer_;
    std::list<Waiting> waiting_;
    std::optional<TimePoint> rows_at_;                // when the last reading with rows came
    std::map<std::string, std::size_t> connections_;  // not upgraded, by peer
    std::size_t connection_count_ = 0;
    std::map<const WebSocketSession*, std::weak_ptr<WebSocketSession>> sessions_;
    std::optional<Upgrade> upgrade_;  // of the request that is just handed on
    std::function<void()> stopped_;
    bool begun_ = false;  // connecting to the broker has succeeded or failed once
    bool stopping_ = false;
};

}  // namespace penstock::bridge
