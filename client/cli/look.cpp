#include "client/cli/figures.hpp"
#include "client/cli/json.hpp"
#include "client/cli/queues.hpp"
#include "client/cli/streams.hpp"
#include "client/cli/text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace penstock::cli {

namespace {

using Align = Table::Align;

constexpr VerbHelp list_help{
    "ls",
    "List the queues.",
    "  penstock ls\n"
    "  penstock ls --json | python3 -m json.tool",
    "READY items can be got; ASSIGNED ones were handed out and are not acknowledged\n"
    "yet; GETTERS and PUTTERS are calls that wait; UNFINISHED is what join waits for.\n"
    "MAXSIZE -: no bound."};

constexpr VerbHelp peek_help{
    "peek",
    "Look at a queue's next items, and leave them there.",
    "  penstock peek jobs                       the next ten\n"
    "  penstock peek jobs --offset 10           the ten behind them\n"
    "  penstock peek jobs --limit 1 --json      with the text",
    "Shows each item's number, how often it may have been handed out before, its size\n"
    "in bytes, its type and how it begins; what could disturb a terminal is shown as\n"
    "\\x1b and the like. `penstock tail` goes on with those that come."};

std::string table_of(const std::vector<QueueStat>& queues)
{
    const Align right = Align::right;
    Table table({Align::left, right, right, right, right, right, right, Align::left});
    table.add({"NAME", "READY", "MAXSIZE", "ASSIGNED", "GETTERS", "PUTTERS", "UNFINISHED", ""});
    for (const QueueStat& stat : queues) {
        table.add({printable(stat.name),
                   std::to_string(stat.ready),
                   stat.maxsize > 0 ? std::to_string(stat.maxsize) : "-",
                   std::to_string(stat.assigned),
                   std::to_string(stat.getters),
                   std::to_string(stat.putters),
                   std::to_string(stat.unfinished),
                   state_text(stat)});
    }
    return table.text();
}

}  // namespace

List::List(CLI::App& app, Globals& globals) : Verb(app, globals, list_help) {}

ExitCode List::run()
{
    Client client = connect(globals().timeout);
    const std::vector<QueueStat> queues = client.admin().list();
    if (globals().json) {
        boost::json::array list;
        for (const QueueStat& stat : queues) list.push_back(json_of(stat));
        auto document = json_document();
        document["queues"] = std::move(list);
        write_json(document);
        return ExitCode::done;
    }
    write_out(table_of(queues));
    if (queues.empty()) note("there is no queue yet; `penstock put jobs hello` makes one");
    return ExitCode::done;
}

Peek::Peek(CLI::App& app, Globals& globals) : Verb(app, globals, peek_help)
{
    argument("QUEUE", queue_name_, "its name");
    option("--offset", offset_, 0, "leave out the first N (default: 0)");
    option("--limit", limit_, 1, "show at most N (default: 10)");
    option("--bytes", bytes_, 0, "show at most N bytes of each (default: 60)");
}

void Peek::print_table(const std::vector<PeekedItem>& items) const
{
    Table table({Align::right, Align::right, Align::right, Align::left, Align::left});
    table.add({"SEQ", "ATTEMPTS", "SIZE", "TYPE", "BEGINS"});
    for (const PeekedItem& item : items) {
        table.add({std::to_string(item.seq),
                   std::to_string(item.attempts),
                   std::to_string(item.size),
                   content_type_name(item.content_type),
                   preview_text(item)});
    }
    write_out(table.text());
}

void Peek::print_json(const std::vector<PeekedItem>& items) const
{
    boost::json::array list;
    for (const PeekedItem& item : items) list.push_back(json_of(item));
    auto document = json_document();
    document["name"] = queue_name_;
    document["items"] = std::move(list);
    write_json(document);
}

ExitCode Peek::run()
{
    Client client = connect(globals().timeout);
    const auto shown = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes_, UINT32_MAX));
    const auto items = client.admin().peek(queue_name_, limit_, offset_, shown);
    if (globals().json) {
        print_json(items);
    } else {
        print_table(items);
    }
    return ExitCode::done;
}

}  // namespace penstock::cli
