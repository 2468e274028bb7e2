// penstock ls: queues, pipes, connections, sessions.
#include "client/cli/all_rows.hpp"
#include "client/cli/duration.hpp"
#include "client/cli/figures.hpp"
#include "client/cli/json.hpp"
#include "client/cli/queues.hpp"
#include "client/cli/streams.hpp"
#include "client/cli/text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <chrono>

namespace penstock::cli {

namespace {

using Align = Table::Align;
using cli::json_of;  // of a queue

constexpr VerbHelp help{
    "ls",
    "List the queues, pipes, connections or sessions.",
    "  penstock ls                              the queues\n"
    "  penstock ls conns                        who is connected\n"
    "  penstock ls sessions --json | python3 -m json.tool",
    "Of queues, READY items can be got; ASSIGNED ones were handed out and are not\n"
    "acknowledged yet; GETTERS and PUTTERS are calls that wait; UNFINISHED is what\n"
    "join waits for. MAXSIZE -: no bound. Of pipes, LEFT and RIGHT are the sessions\n"
    "at the ends, and what was sent there and not received yet stands behind. CONN is\n"
    "what the log calls a connection, and `penstock kick` takes; a session is a\n"
    "client that said hello. WAITING are calls, IDLE is since it sent anything,\n"
    "UNSENT what it has not read."};

std::string count(std::uint64_t number)
{
    return std::to_string(number);
}

std::string number_or_dash(std::uint64_t number)
{
    return number == 0 ? "-" : std::to_string(number);
}

std::int64_t whole_ms(Duration moment)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(moment).count();
}

std::string table_of(const std::vector<QueueStat>& queues)
{
    const Align right = Align::right;
    Table table({Align::left, right, right, right, right, right, right, Align::left});
    table.add({"NAME", "READY", "MAXSIZE", "ASSIGNED", "GETTERS", "PUTTERS", "UNFINISHED", ""});
    for (const QueueStat& stat : queues) {
        table.add({printable(stat.name),
                   count(stat.ready),
                   stat.maxsize > 0 ? std::to_string(stat.maxsize) : "-",
                   count(stat.assigned),
                   count(stat.getters),
                   count(stat.putters),
                   count(stat.unfinished),
                   state_text(stat)});
    }
    return table.text();
}

const char* name_of(PipeTransport transport)
{
    switch (transport) {
        case PipeTransport::waiting:
            return "waiting";
        case PipeTransport::relay:
            return "relay";
        case PipeTransport::direct:
            break;
    }
    return "direct";
}

std::string line_text(const PipeStat& stat, const PipeLineStat& line)
{
    if (stat.transport != PipeTransport::relay) return "-";
    return count(line.messages) + ", " + size_text(line.bytes);
}

std::string table_of(const std::vector<PipeStat>& pipes)
{
    const Align right = Align::right;
    Table table({Align::left, Align::left, right, right, right, right});
    table.add({"NAME", "TRANSPORT", "LEFT", "RIGHT", "FROM LEFT", "FROM RIGHT"});
    for (const PipeStat& stat : pipes) {
        table.add({printable(stat.name),
                   name_of(stat.transport),
                   number_or_dash(stat.left_session),
                   number_or_dash(stat.right_session),
                   line_text(stat, stat.from_left),
                   line_text(stat, stat.from_right)});
    }
    return table.text();
}

boost::json::object json_of(const PipeLineStat& line)
{
    boost::json::object object;
    object["messages"] = line.messages;
    object["bytes"] = line.bytes;
    object["sent_total"] = line.sent_total;
    object["senders"] = line.senders;
    object["receivers"] = line.receivers;
    return object;
}

boost::json::object json_of(const PipeStat& stat)
{
    boost::json::object object;
    object["name"] = stat.name;
    object["object"] = stat.object;
    object["transport"] = name_of(stat.transport);
    object["created_ms"] = whole_ms(stat.created);
    object["left_session"] = stat.left_session;
    object["right_session"] = stat.right_session;
    object["from_left"] = json_of(stat.from_left);
    object["from_right"] = json_of(stat.from_right);
    return object;
}

using Connections = std::vector<ConnectionStat>;

std::string dash_if_empty(const std::string& text)
{
    return text.empty() ? "-" : printable(text);
}

std::string connection_table(const Connections& connections, Duration uptime)
{
    const Align right = Align::right;
    Table table({right, right, Align::left, Align::left, Align::left, right, right, right, right});
    table.add({"CONN", "SESSION", "STATE", "CLIENT", "ADDRESS", "AGE", "IDLE", "SENT", "UNSENT"});
    for (const ConnectionStat& stat : connections) {
        table.add({count(stat.id),
                   number_or_dash(stat.session),
                   printable(stat.state),
                   dash_if_empty(stat.client),
                   dash_if_empty(stat.address),
                   age_text(uptime - stat.connected),
                   age_text(uptime - stat.last_heard),
                   size_text(stat.bytes_out),
                   size_text(stat.unsent_bytes)});
    }
    return table.text();
}

std::string session_table(const Connections& connections, Duration uptime)
{
    const Align right = Align::right;
    Table table({right, Align::left, Align::left, right, right, right, right, right});
    table.add({"SESSION", "CLIENT", "ADDRESS", "CONN", "HANDLES", "WAITING", "ASSIGNED", "IDLE"});
    for (const ConnectionStat& stat : connections) {
        table.add({count(stat.session),
                   dash_if_empty(stat.client),
                   dash_if_empty(stat.address),
                   count(stat.id),
                   count(stat.handles),
                   count(stat.waiting),
                   count(stat.assigned),
                   age_text(uptime - stat.last_heard)});
    }
    return table.text();
}

boost::json::object json_of(const ConnectionStat& stat)
{
    boost::json::object object;
    object["id"] = stat.id;
    object["session"] = stat.session;
    object["client"] = stat.client;
    object["address"] = stat.address;
    object["pid"] = nullptr;
    if (stat.pid != 0) object["pid"] = stat.pid;
    object["uid"] = nullptr;
    if (stat.uid) object["uid"] = *stat.uid;
    object["state"] = stat.state;
    object["connected_ms"] = whole_ms(stat.connected);
    object["last_heard_ms"] = whole_ms(stat.last_heard);
    object["bytes_in"] = stat.bytes_in;
    object["bytes_out"] = stat.bytes_out;
    object["handles"] = stat.handles;
    object["waiting"] = stat.waiting;
    object["assigned"] = stat.assigned;
    object["unsent_bytes"] = stat.unsent_bytes;
    return object;
}

template <class Row>
void write_list(const char* name, const std::vector<Row>& rows, std::optional<Duration> uptime)
{
    boost::json::array list;
    for (const Row& row : rows) list.push_back(json_of(row));
    auto document = json_document();
    if (uptime) document["uptime_ms"] = whole_ms(*uptime);  // what the moments are moments of
    document[name] = std::move(list);
    write_json(document);
}

}  // namespace

List::List(CLI::App& app, Globals& globals) : Verb(app, globals, help)
{
    argument("WHAT", what_, "queues (the default), pipes, conns or sessions");
}

void List::list_queues(const Admin& admin) const
{
    const std::vector<QueueStat> queues = admin.list();
    if (globals().json) return write_list("queues", queues, std::nullopt);
    write_out(table_of(queues));
    if (queues.empty()) note("there is no queue yet; `penstock put jobs hello` makes one");
}

void List::list_pipes(const Admin& admin) const
{
    Duration uptime{};
    auto pipes = all_rows(
        +[](const PipeStat& stat) { return stat.object; },
        [&](std::uint64_t since) {
            Changes<PipeStat> page = admin.pipe_changes(since);
            uptime = page.uptime;
            return page;
        });
    std::ranges::sort(pipes, {}, &PipeStat::name);
    if (globals().json) return write_list("pipes", pipes, uptime);
    write_out(table_of(pipes));
    if (pipes.empty()) note("there is no pipe; `penstock pipe ends --left` opens an end of one");
}

void List::list_connections(const Admin& admin, bool sessions) const
{
    Duration uptime{};
    auto found = all_rows(
        +[](const ConnectionStat& stat) { return stat.id; },
        [&](std::uint64_t since) {
            Changes<ConnectionStat> page = admin.connection_changes(since);
            uptime = page.uptime;
            return page;
        });
    if (sessions) {
        std::erase_if(found, [](const ConnectionStat& stat) { return stat.session == 0; });
        std::ranges::sort(found, {}, &ConnectionStat::session);
    }
    if (globals().json) return write_list(sessions ? "sessions" : "conns", found, uptime);
    write_out(sessions ? session_table(found, uptime) : connection_table(found, uptime));
}

ExitCode List::run()
{
    const std::string what = what_.value_or("queues");
    const bool is_known =
        what == "queues" || what == "pipes" || what == "conns" || what == "sessions";
    if (!is_known) {
        throw Failure(ExitCode::usage,
                      "ls lists queues, pipes, conns or sessions, and not '" + what +
                          "'; `penstock stat NAME` shows one queue");
    }
    Client client = connect(globals().timeout);
    const Admin admin = client.admin();
    if (what == "queues") {
        list_queues(admin);
    } else if (what == "pipes") {
        list_pipes(admin);
    } else {
        list_connections(admin, what == "sessions");
    }
    return ExitCode::done;
}

}  // namespace penstock::cli
