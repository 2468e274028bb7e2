// The calls of async::Admin.
#include "client/src/async/answered.hpp"
#include "client/src/async/connection.hpp"
#include "client/src/async/series.hpp"
#include "client/src/protocol/admin_requests.hpp"
#include "client/src/protocol/changes.hpp"
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

/// The same where only the code is wanted.
void ask(const ConnectionPtr& connection, protocol::Request request, HandlerOf<> handler)
{
    connection->call(
        std::move(request), Duration::zero(), codes_to(std::move(handler), connection->executor()));
}

/// What can't be meant.
template <class Handler, class... Results>
void refuse(const ConnectionPtr& connection, Handler handler, Results... results)
{
    fail(connection->executor(),
         std::make_error_code(std::errc::invalid_argument),
         std::move(handler),
         std::move(results)...);
}

/// Says so to the handler if it is not one.
template <class... Results>
bool usable(const ConnectionPtr& connection,
            const std::string& name,
            HandlerOf<Results...>& handler)
{
    if (base::valid_name(name)) return true;
    refuse(connection, std::move(handler), Results()...);
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

void start_queue_changes(const ConnectionPtr& connection,
                         std::uint64_t since,
                         HandlerOf<Changes<QueueRow>> handler)
{
    ask(connection,
        protocol::read_changes(wire::RowKind::queues, since),
        std::move(handler),
        protocol::to_queue_changes);
}

void start_pipe_changes(const ConnectionPtr& connection,
                        std::uint64_t since,
                        HandlerOf<Changes<PipeStat>> handler)
{
    ask(connection,
        protocol::read_changes(wire::RowKind::pipes, since),
        std::move(handler),
        protocol::to_pipe_changes);
}

void start_connection_changes(const ConnectionPtr& connection,
                              std::uint64_t since,
                              HandlerOf<Changes<ConnectionStat>> handler)
{
    ask(connection,
        protocol::read_changes(wire::RowKind::connections, since),
        std::move(handler),
        protocol::to_connection_changes);
}

void start_events(const ConnectionPtr& connection, std::uint64_t since, HandlerOf<Events> handler)
{
    ask_all(connection, protocol::EventList(since), std::move(handler));
}

void start_purge(const ConnectionPtr& connection, QueueRef queue, HandlerOf<std::uint64_t> handler)
{
    if (!usable(connection, queue.name, handler)) return;
    ask(connection,
        protocol::request_of(wire::AdminVerb::purge, queue),
        std::move(handler),
        protocol::to_dropped);
}

void start_remove(const ConnectionPtr& connection, QueueRef queue, HandlerOf<std::uint64_t> handler)
{
    if (!usable(connection, queue.name, handler)) return;
    ask(connection,
        protocol::request_of(wire::AdminVerb::remove, queue),
        std::move(handler),
        protocol::to_dropped);
}

void start_pause(const ConnectionPtr& connection, QueueRef queue, HandlerOf<> handler)
{
    if (!usable(connection, queue.name, handler)) return;
    ask(connection, protocol::request_of(wire::AdminVerb::pause, queue), std::move(handler));
}

void start_resume(const ConnectionPtr& connection, QueueRef queue, HandlerOf<> handler)
{
    if (!usable(connection, queue.name, handler)) return;
    ask(connection, protocol::request_of(wire::AdminVerb::resume, queue), std::move(handler));
}

void start_move(const ConnectionPtr& connection, MoveSpec spec, HandlerOf<std::uint64_t> handler)
{
    if (!protocol::can_move(spec.from.name, spec.to, spec.count)) {
        return refuse(connection, std::move(handler), std::uint64_t{0});
    }
    ask(connection,
        protocol::move_of(spec.from, spec.to, spec.count),
        std::move(handler),
        protocol::to_moved);
}

void start_kick(const ConnectionPtr& connection, std::uint64_t id, HandlerOf<> handler)
{
    ask(connection, protocol::kick_of(id), std::move(handler));
}

}  // namespace penstock::async::detail
