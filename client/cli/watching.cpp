#include "client/cli/watching.hpp"

#include "client/cli/live.hpp"
#include "client/cli/queue_table.hpp"
#include "client/cli/top_view.hpp"
#include "client/cli/watch_view.hpp"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

namespace penstock::cli {

namespace {

/// For a new session; the first one may take longer. Who quits waits for it, too.
constexpr Duration reconnect_time_max = std::chrono::seconds(5);

constexpr VerbHelp top_help{
    "top",
    "Show all queues, live: the fullest first.",
    "  penstock top                             until q; ? shows the keys\n"
    "  penstock top --sort oldest --filter mail\n"
    "  penstock top --plain --count 3           as text, three times\n"
    "  penstock top --json --interval 10s | jq -c .queues[].name",
    "Without a terminal, or with --plain, it prints the table as text after each\n"
    "interval. When the broker goes away it opens a new session by itself, and says how\n"
    "long there were no data; only if there is no broker at first it ends, with 3."};

constexpr VerbHelp watch_help{
    "watch",
    "Show one queue, live: its figures, and who waits there.",
    "  penstock watch jobs                      until q\n"
    "  penstock watch jobs --plain              a line when something changes\n"
    "  penstock watch jobs --json --interval 100ms",
    "Looking takes nothing out. It waits for a queue that is not there yet, and for the\n"
    "next one of that name when it is removed. Without a terminal, or with --plain, it\n"
    "prints a line when something has changed. When the broker goes away it opens a new\n"
    "session by itself; only if there is no broker at first it ends, with 3."};

}  // namespace

Watching::Watching(CLI::App& app, Globals& globals, const VerbHelp& help) : Verb(app, globals, help)
{
    option("--interval", interval_, "how long to wait between two looks (default: 1s)");
    option("--count", count_, 1, "as text: end after N of them");
    flag("--plain", plain_, "as text, also on a terminal");
}

Client Watching::first_session() const
{
    return connect(globals().timeout);
}

ExitCode Watching::show(View& view, Client client, bool connections) const
{
    LiveOptions options{interval_, std::nullopt, plain_, globals().json};
    if (count_ > 0) options.count = count_;
    const Scope scope = connections ? Scope::queues_and_connections : Scope::queues;
    const auto again = [this] {
        return connect(
            std::min(globals().timeout.value_or(reconnect_time_max), reconnect_time_max));
    };
    show_live(view, options, scope, std::move(client), again);
    return ExitCode::done;
}

Top::Top(CLI::App& app, Globals& globals) : Watching(app, globals, top_help)
{
    option("--sort", sort_, column_names("|"), "by this column at first (default: depth)");
    option("--filter", filter_, "TEXT", "only queues with TEXT in their name");
    flag("--reverse", reverse_, "the smallest first, or names from Z to A");
}

ExitCode Top::run()
{
    Order order{Column::depth, reverse_};
    if (sort_) {
        const auto column = column_called(*sort_);
        if (!column) {
            throw Failure(
                ExitCode::usage,
                "--sort: there is no column '" + *sort_ + "'; write one of " + column_names());
        }
        order.column = *column;
    }
    TopView view(address(), order, filter_.value_or(""));
    return show(view, first_session(), false);
}

Watch::Watch(CLI::App& app, Globals& globals) : Watching(app, globals, watch_help)
{
    argument("NAME", queue_name_, "a queue");
}

ExitCode Watch::run()
{
    Client client = first_session();
    std::error_code ec;
    (void)client.admin().stat(queue_name_, ec);
    // No queue will ever have such a name; this throws, and says which names there are.
    if (ec == std::errc::invalid_argument) (void)client.admin().stat(queue_name_);
    WatchView view(queue_name_, address());
    return show(view, std::move(client), true);
}

}  // namespace penstock::cli
