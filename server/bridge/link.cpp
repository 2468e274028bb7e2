#include "server/bridge/link.hpp"

#include <penstock/error.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace penstock::bridge {

namespace {

using boost::system::error_code;

/// Of one kind in one reading. What is left then comes with the next one.
constexpr int pages_max = 4096;

TimePoint now()
{
    return std::chrono::steady_clock::now();
}

/// Reads page after page with `ask(since, token)`.
template <class Row, class Ask>
asio::awaitable<void> read_pages(std::vector<Changes<Row>>& pages,
                                 std::uint64_t& since,
                                 error_code& ec,
                                 Ask ask)
{
    for (int i = 0; i < pages_max; ++i) {
        auto token = asio::redirect_error(asio::use_awaitable, ec);
        Changes<Row> page = co_await ask(since, token);
        if (ec) co_return;
        since = page.version;
        pages.push_back(std::move(page));
        if (!pages.back().more) co_return;
    }
}

}  // namespace

Link::Link(asio::any_io_executor executor, BrokerPlace place, LinkCallbacks callbacks)
    : executor_(std::move(executor)),
      place_(std::move(place)),
      callbacks_(std::move(callbacks)),
      timer_(executor_),
      watchdog_(executor_)
{}

void Link::start()
{
    asio::co_spawn(executor_, run(), [self = shared_from_this()](std::exception_ptr error) {
        if (error && !self->stopped_) std::rethrow_exception(error);
    });
}

void Link::stop()
{
    stopped_ = true;
    callbacks_ = {};
    connected_ = false;
    timer_.cancel();
    watchdog_.cancel();
    if (client_) client_->close();
}

void Link::pace(milliseconds interval, bool rows)
{
    const bool sooner = interval < interval_ || (rows && !rows_);
    interval_ = interval;
    rows_ = rows;
    if (sooner && connected_) timer_.cancel();
}

void Link::read_now()
{
    now_ = true;
    if (connected_) timer_.cancel();
}

asio::awaitable<void> Link::run()
{
    milliseconds pause = reconnect_min;
    while (!stopped_) {
        std::string why = co_await serve();
        if (stopped_) co_return;
        const bool was_connected = std::exchange(connected_, false);
        client_.reset();
        callbacks_.away(std::move(why));
        if (was_connected) pause = reconnect_min;
        // Many bridges that lost one broker shall not come back at the same moment.
        std::uniform_int_distribution<std::int64_t> spread(0, pause.count() / 2);
        timer_.expires_after(pause - milliseconds(spread(jitter_)));
        pause = std::min(2 * pause, reconnect_max);
        error_code ignored;
        auto token = asio::redirect_error(asio::use_awaitable, ignored);
        co_await timer_.async_wait(token);
    }
}

/// Until the connection ends; says why it did.
asio::awaitable<std::string> Link::serve()
{
    error_code ec;
    cut_text_.clear();
    client_.emplace(executor_);
    client_->on_state([this](const async::StateChange& change) {
        if (change.state == async::ConnectionState::cut) cut_text_ = change.text;
    });
    watch_out();
    co_await connect(ec);
    while (!ec && !stopped_) {
        const TimePoint began = now();
        Reading reading;
        watch_out();
        co_await read(reading, ec);
        watchdog_.cancel();
        // Half a reading is lost, with what it said had changed.
        if (ec) forget_versions();
        if (ec || stopped_) break;
        if (!std::exchange(connected_, true)) callbacks_.connected();
        callbacks_.reading(std::move(reading));
        co_await wait_for_turn(began);
    }
    std::string why = text_of(ec);
    co_return why;
}

asio::awaitable<void> Link::connect(error_code& ec)
{
    ConnectOptions options;
    options.key_file = place_.key_file;
    options.name = place_.name;
    if (place_.open_socket) options.socket = place_.open_socket();
    if (place_.open_socket && options.socket < 0) {
        ec = asio::error::no_descriptors;
        co_return;
    }
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    co_await client_->async_connect(place_.address, options, token);
    if (ec) co_return;
    const BrokerStat broker = co_await client_->admin().async_broker_stat(token);
    if (!ec && boot_ != broker.boot) forget_versions();
    if (!ec) boot_ = broker.boot;
}

void Link::forget_versions()
{
    queues_since_ = pipes_since_ = connections_since_ = events_since_ = 0;
}

asio::awaitable<void> Link::read(Reading& reading, error_code& ec)
{
    reading.rows = rows_ || now_;
    now_ = false;
    if (reading.rows) co_await read_rows(reading, ec);
    if (ec) co_return;
    async::Admin admin = client_->admin();
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    reading.events = co_await admin.async_events(events_since_, token);
    if (ec) co_return;
    events_since_ = reading.events.version;
    reading.broker = co_await admin.async_broker_stat(token);
}

/// Connections last: whoever waits at a queue has one among them then.
asio::awaitable<void> Link::read_rows(Reading& reading, error_code& ec)
{
    async::Admin admin = client_->admin();
    const auto queues = [&admin](std::uint64_t since, auto token) {
        return admin.async_queue_changes(since, token);
    };
    co_await read_pages(reading.queues, queues_since_, ec, queues);
    if (ec) co_return;
    const auto pipes = [&admin](std::uint64_t since, auto token) {
        return admin.async_pipe_changes(since, token);
    };
    co_await read_pages(reading.pipes, pipes_since_, ec, pipes);
    if (ec) co_return;
    const auto connections = [&admin](std::uint64_t since, auto token) {
        return admin.async_connection_changes(since, token);
    };
    co_await read_pages(reading.connections, connections_since_, ec, connections);
}

asio::awaitable<void> Link::wait_for_turn(TimePoint began)
{
    while (!stopped_ && !now_ && client_) {
        const TimePoint next = began + interval_;
        if (next <= now()) co_return;
        timer_.expires_at(next);
        error_code ec;
        const bool rows = rows_;
        auto token = asio::redirect_error(asio::use_awaitable, ec);
        co_await timer_.async_wait(token);
        if (!ec || (rows_ && !rows)) co_return;
    }
}

/// A broker that answers nothing any more is as good as away.
void Link::watch_out()
{
    watchdog_.expires_after(reading_time_max);
    watchdog_.async_wait([weak = weak_from_this()](error_code ec) {
        const auto self = weak.lock();
        if (ec || !self || !self->client_) return;
        self->cut_text_ = self->where() + " has not answered for 10 s";
        self->client_->on_state({});
        self->client_->close();
    });
}

std::string Link::where() const
{
    return place_.address.empty() ? "the broker" : "the broker at " + place_.address;
}

std::string Link::text_of(const error_code& ec) const
{
    if (ec == make_error_code(errc::unsupported)) {
        return where() + " is older than this bridge, and can't say what changes; upgrade it";
    }
    if (!cut_text_.empty()) return cut_text_;
    return where() + ": " + ec.message();
}

}  // namespace penstock::bridge
