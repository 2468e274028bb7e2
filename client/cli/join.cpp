#include "client/cli/figures.hpp"
#include "client/cli/json.hpp"
#include "client/cli/queues.hpp"
#include "client/cli/streams.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <chrono>

namespace penstock::cli {

namespace {

using Clock = std::chrono::steady_clock;

/// Between two looks at how many there are still; what is done sooner needs none.
constexpr Duration look_interval = std::chrono::seconds(1);

constexpr VerbHelp help{
    "join",
    "Wait until every item of a queue is done.",
    "  penstock join jobs                       as long as it takes\n"
    "  penstock join jobs --timeout 5m          exit code 5 when it takes longer\n"
    "  penstock put jobs --lines < list && penstock join jobs",
    "An item is done when its getter says so: `penstock get --ack-after` does, as do\n"
    "done and task_done in a program; a plain `penstock get` doesn't. UNFINISHED in\n"
    "`penstock ls` is what it waits for: items that are ready, and those under way.\n"
    "On a terminal it shows how many, once it takes longer than a second.",
    "how long to wait (default: for ever), and for the\n"
    "connection, at least 2s (default: 10s)\n"
    "0: only look. Exit code 5 when something is unfinished"};

/// What can be waited from `began` on; zero or less: the time is up.
Duration left_of(std::optional<Duration> timeout, Clock::time_point began)
{
    if (!timeout) return forever;
    return std::chrono::duration_cast<Duration>(*timeout - (Clock::now() - began));
}

}  // namespace

Join::Join(CLI::App& app, Globals& globals) : Verb(app, globals, help)
{
    argument("QUEUE", queue_name_, "its name");
}

/// Waits in slices if somebody watches, else in one go.
bool Join::wait(JoinableQueue<Bytes>& queue, const Admin& admin, bool watched) const
{
    const auto began = Clock::now();
    bool drawn = false;
    std::error_code ec;
    Duration left = globals().timeout.value_or(forever);
    while (!queue.join(watched ? std::min(left, look_interval) : left, ec)) {
        if (ec != errc::timed_out) break;
        left = left_of(globals().timeout, began);
        if (!watched || left <= Duration::zero()) break;
        const std::uint64_t unfinished = admin.stat(queue_name_).unfinished;
        draw("\r" + items_text(unfinished) + " unfinished\x1b[K");
        drawn = true;
        if (unfinished == 0) ec.clear();
        if (!ec) break;
    }
    if (drawn) draw("\r\x1b[K");
    if (ec && ec != errc::timed_out) throw_error(ec, "join of '" + queue_name_ + "'");
    return !ec;
}

ExitCode Join::run()
{
    Client client = connect();
    // A queue that nobody has made has nothing to wait for, but most likely another name.
    auto queue = client.joinable_queue<Bytes>(queue_name_, {.open = Open::existing});
    const Admin admin = client.admin();
    const bool done = wait(queue, admin, !globals().quiet && stderr_is_terminal());
    const std::uint64_t unfinished = done ? 0 : admin.stat(queue_name_).unfinished;
    if (globals().json) {
        auto document = json_document();
        document["name"] = queue_name_;
        document["done"] = done;
        document["unfinished"] = unfinished;
        write_json(document);
    }
    if (done) return ExitCode::done;
    complain("the time is up, and " + items_text(unfinished) + " of '" + queue_name_ +
             "' unfinished; wait longer with --timeout, or see `penstock stat " + queue_name_ +
             "`");
    return ExitCode::timed_out;
}

}  // namespace penstock::cli
