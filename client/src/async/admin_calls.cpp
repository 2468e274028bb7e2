// The calls of async::Admin.
#include "client/src/async/answered.hpp"
#include "client/src/async/connection.hpp"
#include "client/src/async/series.hpp"
#include "client/src/protocol/admin_requests.hpp"
#include "common/base/names.hpp"

#include <penstock/async/detail/admin_calls.hpp>
#include <penstock/error.hpp>

#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace penstock::async::detail {

namespace {

/// One request, whose answer `convert(answer, ec)` makes into the result.
template <class Result>
void ask(const ConnectionPtr& connection,
         protocol::Request request,
         HandlerOf<Result> handler,
         Result (*convert)(const protocol::Answer&, std::error_code&))
{
    auto then = [convert](auto&& to, const protocol::Answer& answer) {
        std::error_code ec;
        Result result = convert(answer, ec);
        std::move(to)(to_boost(ec), std::move(result));
    };
    connection->call(std::move(request),
                     Duration::zero(),
                     Answered(std::move(then), std::move(handler), connection->executor()));
}

template <class Results>
struct Taken {
    std::error_code ec;
    Results results;
};

/// One request after the other, until `questions` has no more.
template <class Results, class Questions>
void ask_all(const ConnectionPtr& connection, Questions questions, HandlerOf<Results> handler)
{
    auto then = [](auto&& to, Taken<Results> taken) {
        std::move(to)(to_boost(taken.ec), std::move(taken.results));
    };
    auto series = std::make_shared<Series<Questions, Taken<Results>>>(
        connection,
        std::nullopt,
        Answered(std::move(then), std::move(handler), connection->executor()));
    auto make = [questions = std::move(questions)](const Connection&) { return questions; };
    series->start(std::move(make), 1, [](Questions&& asked, bool cancelled) {
        Taken<Results> taken;
        taken.results = asked.take(taken.ec);
        if (cancelled) taken = {aborted(), {}};
        return taken;
    });
}

/// Says so to the handler if it is not one.
template <class Result>
bool usable(const ConnectionPtr& connection, const std::string& name, HandlerOf<Result>& handler)
{
    if (base::valid_name(name)) return true;
    fail(connection->executor(),
         std::make_error_code(std::errc::invalid_argument),
         std::move(handler),
         Result());
    return false;
}

}  // namespace

void start_list(const ConnectionPtr& connection, HandlerOf<std::vector<QueueStat>> handler)
{
    ask_all(connection, protocol::QueueList(), std::move(handler));
}

void start_stat(const ConnectionPtr& connection, std::string name, HandlerOf<QueueStat> handler)
{
    if (!usable(connection, name, handler)) return;
    ask(connection, protocol::read_stat(name), std::move(handler), protocol::to_queue_stat);
}

void start_broker_stat(const ConnectionPtr& connection, HandlerOf<BrokerStat> handler)
{
    ask(connection, protocol::read_broker_stat(), std::move(handler), protocol::to_broker_stat);
}

void start_peek(const ConnectionPtr& connection,
                PeekSpec spec,
                HandlerOf<std::vector<PeekedItem>> handler)
{
    if (!usable(connection, spec.name, handler)) return;
    ask_all(connection,
            protocol::Peek(spec.name, spec.count, spec.offset, spec.head_size_max),
            std::move(handler));
}

void start_purge(const ConnectionPtr& connection,
                 std::string name,
                 HandlerOf<std::uint64_t> handler)
{
    if (!usable(connection, name, handler)) return;
    ask(connection, protocol::purge_of(name), std::move(handler), protocol::to_dropped);
}

void start_remove(const ConnectionPtr& connection,
                  std::string name,
                  HandlerOf<std::uint64_t> handler)
{
    if (!usable(connection, name, handler)) return;
    ask(connection, protocol::remove_of(name), std::move(handler), protocol::to_dropped);
}

}  // namespace penstock::async::detail
