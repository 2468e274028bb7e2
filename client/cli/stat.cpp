#include "client/cli/broker.hpp"
#include "client/cli/duration.hpp"
#include "client/cli/figures.hpp"
#include "client/cli/json.hpp"
#include "client/cli/streams.hpp"
#include "client/cli/text.hpp"

#include <chrono>
#include <thread>
#include <vector>

namespace penstock::cli {

namespace {

constexpr Duration interval_default = std::chrono::seconds(1);
/// A heading again after so many lines: by then the first one has left the screen.
constexpr std::uint64_t heading_interval = 20;

constexpr VerbHelp help{
    "stat",
    "Show the figures of the broker, or of one queue.",
    "  penstock stat                            the broker: version, clients, all queues together\n"
    "  penstock stat jobs                       one queue\n"
    "  penstock stat jobs --follow              a line each second, until Ctrl-C\n"
    "  penstock stat --follow --interval 5s --json\n"
    "                                           a JSON document every 5 seconds",
    "Reading the figures changes nothing, and nobody waits for it. With --follow each line has "
    "what\n"
    "was put and got since the line before; it ends with 130 at Ctrl-C, with 3 when the broker "
    "goes\n"
    "away, and with 1 when the queue is removed."};

/// One figure of the long form: "ready", "12 items, 3.4 kB".
struct Line {
    std::string name;
    std::string value;
};

std::string text_of(const std::vector<Line>& lines)
{
    Table table({Table::Align::left, Table::Align::left});
    for (const Line& line : lines) table.add({line.name, line.value});
    return table.text();
}

std::string put_got_text(std::uint64_t put, std::uint64_t got)
{
    return std::to_string(put) + " put, " + std::to_string(got) + " got";
}

std::string waiting_text(std::uint64_t getters, std::uint64_t putters, std::uint64_t joiners)
{
    return std::to_string(getters) + " get, " + std::to_string(putters) + " put, " +
           std::to_string(joiners) + " join";
}

std::string ready_text(std::uint64_t ready, std::uint64_t bytes)
{
    return items_text(ready) + ", " + size_text(bytes);
}

std::string text_of(const QueueStat& stat)
{
    std::string name = printable(stat.name);
    if (stat.shut_down) name += " (shut down)";
    return text_of({
        {"queue", name},
        {"kind", stat.kind + ", number " + std::to_string(stat.object)},
        {"maxsize", stat.maxsize > 0 ? std::to_string(stat.maxsize) : "no bound"},
        {"ready", ready_text(stat.ready, stat.ready_bytes)},
        {"assigned", items_text(stat.assigned) + ", handed out and not acknowledged"},
        {"unfinished", items_text(stat.unfinished) + ", which join waits for"},
        {"waiting", waiting_text(stat.getters, stat.putters, stat.joiners)},
        {"handles", std::to_string(stat.handles) + " open"},
        {"since created", put_got_text(stat.put_total, stat.get_total)},
    });
}

std::string of_text(std::uint64_t used, std::uint64_t max)
{
    return size_text(used) + " of " + size_text(max);
}

std::string text_of(const BrokerStat& stat)
{
    return text_of({
        {"broker", "penstockd " + printable(stat.version)},
        {"protocol", std::to_string(stat.protocol)},
        {"boot", hex(stat.boot)},
        {"uptime", span_text(stat.uptime)},
        {"connections",
         std::to_string(stat.connections) + ", " + std::to_string(stat.sessions) +
             (stat.sessions == 1 ? " session" : " sessions")},
        {"queues", std::to_string(stat.queues)},
        {"ready", ready_text(stat.ready, stat.ready_bytes)},
        {"assigned", items_text(stat.assigned) + ", handed out and not acknowledged"},
        {"waiting", waiting_text(stat.getters, stat.putters, stat.joiners)},
        {"since it began", put_got_text(stat.put_total, stat.get_total)},
        {"memory", of_text(stat.memory_used, stat.memory_max) + " for items"},
        {"pending",
         of_text(stat.pending_used, stat.pending_max) + " for puts that wait, and output"},
    });
}

/// What --follow shows of either.
struct Row {
    std::uint64_t ready = 0;
    std::uint64_t ready_bytes = 0;
    std::uint64_t assigned = 0;
    std::uint64_t getters = 0;
    std::uint64_t putters = 0;
    std::uint64_t put_total = 0;
    std::uint64_t get_total = 0;
};

template <class Figures>
Row row_of(const Figures& stat)
{
    return {stat.ready,
            stat.ready_bytes,
            stat.assigned,
            stat.getters,
            stat.putters,
            stat.put_total,
            stat.get_total};
}

/// Lines that come one by one, so their columns have a width from the start.
class Follower {
public:
    void show(const Row& row)
    {
        if (count_++ % heading_interval == 0) {
            write_columns({"READY", "SIZE", "ASSIGNED", "GETTERS", "PUTTERS", "PUT", "GOT"});
        }
        const Row& before = before_ ? *before_ : row;
        write_columns({std::to_string(row.ready),
                       size_text(row.ready_bytes),
                       std::to_string(row.assigned),
                       std::to_string(row.getters),
                       std::to_string(row.putters),
                       difference(row.put_total, before.put_total),
                       difference(row.get_total, before.get_total)});
        before_ = row;
    }

private:
    /// A queue that was removed and made anew counts from zero again.
    static std::string difference(std::uint64_t now, std::uint64_t before)
    {
        return "+" + std::to_string(now >= before ? now - before : now);
    }

    static void write_columns(const std::vector<std::string>& texts)
    {
        constexpr std::size_t width = 9;
        std::string line;
        for (const std::string& text : texts) {
            if (!line.empty()) line += "  ";
            if (text.size() < width) line.append(width - text.size(), ' ');
            line += text;
        }
        write_out(line + "\n");
    }

    std::optional<Row> before_;
    std::uint64_t count_ = 0;
};

}  // namespace

Stat::Stat(CLI::App& app, Globals& globals) : Verb(app, globals, help)
{
    argument("NAME", queue_name_, "a queue; without it: the broker itself");
    flag("--follow", follow_, "a line for each interval, until Ctrl-C");
    option("--interval", interval_, "how long to pause between them (default: 1s)");
}

void Stat::show(const Admin& admin) const
{
    if (queue_name_) {
        const QueueStat stat = admin.stat(*queue_name_);
        if (globals().json) return write_json(with_schema(json_of(stat)));
        return write_out(text_of(stat));
    }
    const BrokerStat stat = admin.broker_stat();
    if (globals().json) return write_json(with_schema(json_of(stat)));
    write_out(text_of(stat));
}

void Stat::follow(const Admin& admin) const
{
    Follower follower;
    while (true) {
        if (globals().json) {
            show(admin);
        } else if (queue_name_) {
            follower.show(row_of(admin.stat(*queue_name_)));
        } else {
            follower.show(row_of(admin.broker_stat()));
        }
        std::this_thread::sleep_for(interval_.value_or(interval_default));
    }
}

ExitCode Stat::run()
{
    if (interval_ && !follow_) throw Failure(ExitCode::usage, "--interval needs --follow");
    Client client = connect(globals().timeout);
    if (follow_) {
        follow(client.admin());
    } else {
        show(client.admin());
    }
    return ExitCode::done;
}

}  // namespace penstock::cli
