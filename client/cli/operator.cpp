#include "client/cli/operator.hpp"

#include "client/cli/figures.hpp"
#include "client/cli/json.hpp"
#include "client/cli/streams.hpp"
#include "client/cli/text.hpp"

#include <algorithm>
#include <cstdint>

namespace penstock::cli {

namespace {

constexpr VerbHelp pause_help{
    "pause",
    "Hold queues: nothing is handed out until resume.",
    "  penstock pause jobs\n"
    "  penstock pause jobs results              several",
    "Those who get wait, or time out as if it were empty. Puts go on until it is full,\n"
    "and so do peek, purge, mv, and what was handed out already. Nothing is lost."};

constexpr VerbHelp resume_help{"resume",
                               "Let paused queues go on.",
                               "  penstock resume jobs\n"
                               "  penstock resume jobs results             several",
                               "Those who wait are served in the order in which they came."};

constexpr VerbHelp move_help{
    "mv",
    "Move ready items to the end of another queue.",
    "  penstock mv dead jobs                    all of them, to be tried again\n"
    "  penstock mv jobs aside --count 10        the next ten\n"
    "  penstock mv jobs aside --dry-run         says how many would go",
    "As many as --maxsize of the other queue leaves room for; the rest stays. They go\n"
    "in the order in which get would return them, in one step: nobody sees an item\n"
    "twice or not at all. They count as never handed out. Ends with 1 if there was\n"
    "none, and with 6 if there was room for none."};

constexpr VerbHelp kick_help{
    "kick",
    "Close a client's connection.",
    "  penstock kick 17                         asks first\n"
    "  penstock kick 17 --dry-run               says what would be closed\n"
    "  penstock kick 17 --yes                   for scripts",
    "CONN is the number that the broker's log calls conn. The client's session ends:\n"
    "what it had and did not acknowledge returns to the queues, its calls fail, and it\n"
    "is told why. It may connect again: to keep it out is up to the broker's options."};

/// The most that a move could move.
std::uint64_t room_for(const QueueStat& from, const QueueStat& to)
{
    if (to.maxsize <= 0) return from.ready;
    const auto most = static_cast<std::uint64_t>(to.maxsize);
    return std::min(from.ready, most - std::min(most, to.ready));
}

/// "connection 17 (client 'worker', unix:uid=0,pid=4711; 1 call waits, 3 items unacknowledged)"
std::string what(const ConnectionStat& stat)
{
    const std::string client =
        stat.client.empty() ? "" : "client '" + printable(stat.client) + "', ";
    return "connection " + std::to_string(stat.id) + " (" + client + printable(stat.address) +
           "; " + std::to_string(stat.waiting) +
           (stat.waiting == 1 ? " call waits, " : " calls wait, ") + items_text(stat.assigned) +
           " not acknowledged)";
}

}  // namespace

Pause::Pause(CLI::App& app, Globals& globals, Kind kind)
    : Verb(app, globals, kind == Kind::pause ? pause_help : resume_help),
      pauses_(kind == Kind::pause)
{
    argument("NAME", queue_names_, "the queues");
}

ExitCode Pause::run()
{
    Client client = connect(globals().timeout);
    const Admin admin = client.admin();
    // All are looked up first: with a name that is wrong, nothing is done.
    std::vector<QueueStat> queues;
    for (const std::string& name : queue_names_) queues.push_back(admin.stat(name));
    for (const QueueStat& stat : queues) {
        const QueueRef queue(stat.name, stat.object);
        pauses_ ? admin.pause(queue) : admin.resume(queue);
        if (globals().json) {
            auto document = json_document();
            document["name"] = stat.name;
            document["paused"] = pauses_;
            document["items"] = stat.ready;
            write_json(document);
        } else {
            note((pauses_ ? "paused '" : "resumed '") + stat.name + "' with " +
                 items_text(stat.ready));
        }
    }
    return ExitCode::done;
}

Move::Move(CLI::App& app, Globals& globals) : Verb(app, globals, move_help)
{
    argument("FROM", from_, "the queue that they are taken from");
    argument("TO", to_, "the queue that they are added to");
    option("--count", count_, 1, "at most N of them (default: all)");
    flag("--dry-run", dry_run_, "only say how many would go");
}

void Move::report(std::uint64_t moved, const Depths& before, const Depths& after) const
{
    if (globals().json) {
        auto document = json_document();
        document["from"] = from_;
        document["to"] = to_;
        document["items"] = moved;
        document["moved"] = !dry_run_;
        document["from_before"] = before.from;
        document["from_after"] = after.from;
        document["to_before"] = before.to;
        document["to_after"] = after.to;
        return write_json(document);
    }
    const std::string what = items_text(moved) + " from '" + from_ + "' to '" + to_ + "'";
    if (dry_run_) return write_out("would move " + what + "\n");
    const auto change = [](const std::string& name, std::uint64_t was, std::uint64_t is) {
        return "'" + name + "': " + std::to_string(was) + " -> " + std::to_string(is);
    };
    note("moved " + what + "; " + change(from_, before.from, after.from) + ", " +
         change(to_, before.to, after.to));
}

ExitCode Move::run()
{
    Client client = connect(globals().timeout);
    const Admin admin = client.admin();
    const QueueStat from = admin.stat(from_);
    const QueueStat to = admin.stat(to_);
    const Depths before{from.ready, to.ready};
    std::uint64_t moved = std::min(room_for(from, to), count_.value_or(UINT64_MAX));
    Depths after = before;
    if (!dry_run_) {
        moved = admin.move({from_, from.object}, to_, count_.value_or(UINT64_MAX));
        after = {admin.stat(from_).ready, admin.stat(to_).ready};
    }
    report(moved, before, after);
    if (moved > 0) return ExitCode::done;
    if (before.from == 0) {
        note("'" + from_ + "' has no item that is ready");
        return ExitCode::negative;
    }
    note("'" + to_ + "' has no room; make some with `penstock get`, or name another queue");
    return ExitCode::limit;
}

Kick::Kick(CLI::App& app, Globals& globals) : Verb(app, globals, kick_help)
{
    argument("CONN", connection_, "the connection's number");
    flag("--yes", yes_, "don't ask");
    flag("--dry-run", dry_run_, "only say what would be closed");
}

ConnectionStat Kick::found(const Admin& admin) const
{
    std::uint64_t since = 0;
    while (true) {
        const Changes<ConnectionStat> page = admin.connection_changes(since);
        for (const ConnectionStat& stat : page.rows) {
            if (stat.id == connection_) return stat;
        }
        if (!page.more || page.version <= since) break;
        since = page.version;
    }
    throw Failure(ExitCode::negative,
                  "there is no connection " + std::to_string(connection_) +
                      "; the broker's log calls them conn");
}

void Kick::report(const ConnectionStat& stat, bool done) const
{
    if (globals().json) {
        auto document = json_document();
        document["connection"] = stat.id;
        document["client"] = stat.client;
        document["address"] = stat.address;
        document["closed"] = done;
        write_json(document);
    } else if (!done) {
        write_out("would close " + what(stat) + "\n");
    } else {
        note("closed " + what(stat));
    }
}

ExitCode Kick::run()
{
    const std::string number = std::to_string(connection_);
    if (!yes_ && !dry_run_ && !can_ask()) {
        throw Failure(ExitCode::usage,
                      "kick cannot ask here; type `penstock kick " + number +
                          " --yes`, or --dry-run to see what would be closed");
    }
    Client client = connect(globals().timeout);
    const Admin admin = client.admin();
    const ConnectionStat stat = found(admin);
    if (!dry_run_ && !yes_ && !ask("close " + what(stat) + "?")) {
        note("nothing was closed");
        return ExitCode::negative;
    }
    if (!dry_run_) admin.kick(connection_);
    report(stat, !dry_run_);
    return ExitCode::done;
}

}  // namespace penstock::cli
