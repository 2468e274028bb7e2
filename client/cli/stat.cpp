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
/// More often is no help to anybody, and work for the broker.
constexpr Duration interval_min = std::chrono::milliseconds(10);
/// A heading again after so many lines: by then the first one has left the screen.
constexpr std::uint64_t heading_interval = 20;

constexpr VerbHelp help{
    "stat",
    "Show the figures of the broker, or of one queue.",
    "  penstock stat                            the broker and all queues together\n"
    "  penstock stat jobs                       one queue\n"
    "  penstock stat jobs --follow              a line each second, until Ctrl-C\n"
    "  penstock stat --follow --interval 5s --json\n"
    "                                           a JSON document every 5 seconds",
    "Reading the figures changes nothing, and nobody waits for it. With --follow each\n"
    "line has what was put and got since the line before; it ends with 130 at Ctrl-C,\n"
    "with 3 when the broker goes away, and with 1 when the queue is removed."};

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

// The lines that a queue and the broker have both.

template <class Figures>
Line ready_line(const Figures& stat)
{
    return {"ready", items_text(stat.ready) + ", " + size_text(stat.ready_bytes)};
}

template <class Figures>
Line assigned_line(const Figures& stat)
{
    return {"assigned", items_text(stat.assigned) + ", handed out and not acknowledged"};
}

template <class Figures>
Line waiting_line(const Figures& stat)
{
    return {"waiting",
            std::to_string(stat.getters) + " get, " + std::to_string(stat.putters) + " put, " +
                std::to_string(stat.joiners) + " join"};
}

template <class Figures>
Line total_line(const char* since, const Figures& stat)
{
    return {since,
            std::to_string(stat.put_total) + " put, " + std::to_string(stat.get_total) + " got"};
}

std::string text_of(const QueueStat& stat)
{
    std::string name = printable(stat.name);
    if (const std::string state = state_text(stat); !state.empty()) name += " (" + state + ")";
    return text_of({
        {"queue", name},
        {"kind", options_text(stat)},
        {"number", std::to_string(stat.object)},
        {"maxsize", stat.maxsize > 0 ? std::to_string(stat.maxsize) : "no bound"},
        ready_line(stat),
        assigned_line(stat),
        {"unfinished", items_text(stat.unfinished) + ", which join waits for"},
        waiting_line(stat),
        {"handles",
         std::to_string(stat.handles) + " open: " + std::to_string(stat.producers) +
             " producing, " + std::to_string(stat.consumers) + " consuming"},
        total_line("since created", stat),
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
        ready_line(stat),
        assigned_line(stat),
        waiting_line(stat),
        total_line("since it began", stat),
        {"memory", of_text(stat.memory_used, stat.memory_max) + " for items"},
        {"pending",
         of_text(stat.pending_used, stat.pending_max) +
             " for calls that wait, results kept, handles, unread output"},
    });
}

enum class Shown { count, size, gain };

/// A column of --follow; a queue and the broker have the same ones.
template <class Figures>
struct Column {
    const char* heading;
    std::uint64_t Figures::*member;
    Shown shown = Shown::count;
};

template <class Figures>
constexpr Column<Figures> columns[] = {
    {"READY", &Figures::ready},
    {"SIZE", &Figures::ready_bytes, Shown::size},
    {"ASSIGNED", &Figures::assigned},
    {"GETTERS", &Figures::getters},
    {"PUTTERS", &Figures::putters},
    {"PUT", &Figures::put_total, Shown::gain},
    {"GOT", &Figures::get_total, Shown::gain},
};

/// A queue that was removed and made anew counts from zero again.
std::string gain_text(std::uint64_t now, std::uint64_t before)
{
    return "+" + std::to_string(now >= before ? now - before : now);
}

std::string shown_text(Shown shown, std::uint64_t now, std::uint64_t before)
{
    switch (shown) {
        case Shown::count:
            return std::to_string(now);
        case Shown::size:
            return size_text(now);
        case Shown::gain:
            return gain_text(now, before);
    }
    return {};
}

/// Lines that come one by one, so their columns have a width from the start.
template <class Figures>
class Follower {
public:
    void show(const Figures& figures)
    {
        const Figures& before = before_ ? *before_ : figures;
        std::string heading;
        std::string line;
        for (const auto& [name, member, shown] : columns<Figures>) {
            append(heading, name);
            append(line, shown_text(shown, figures.*member, before.*member));
        }
        if (count_++ % heading_interval == 0) write_out(heading + "\n");
        write_out(line + "\n");
        before_ = figures;
    }

private:
    static void append(std::string& line, const std::string& text)
    {
        constexpr std::size_t width = 9;
        if (!line.empty()) line += "  ";
        if (text.size() < width) line.append(width - text.size(), ' ');
        line += text;
    }

    std::optional<Figures> before_;
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
    Follower<QueueStat> queue;
    Follower<BrokerStat> broker;
    while (true) {
        if (globals().json) {
            show(admin);
        } else if (queue_name_) {
            queue.show(admin.stat(*queue_name_));
        } else {
            broker.show(admin.broker_stat());
        }
        std::this_thread::sleep_for(interval_.value_or(interval_default));
    }
}

ExitCode Stat::run()
{
    if (interval_ && !follow_) throw Failure(ExitCode::usage, "--interval needs --follow");
    if (interval_ && *interval_ < interval_min) {
        throw Failure(ExitCode::usage, "--interval takes 10ms or more");
    }
    Client client = connect(globals().timeout);
    if (follow_) {
        follow(client.admin());
    } else {
        show(client.admin());
    }
    return ExitCode::done;
}

}  // namespace penstock::cli
