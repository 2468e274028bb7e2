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

constexpr VerbHelp peek_help{
    "peek",
    "Look at a queue's next items, and leave them there.",
    "  penstock peek jobs                       the next ten\n"
    "  penstock peek jobs --offset 10           the ten behind them\n"
    "  penstock peek jobs --limit 1 --json      with the text",
    "Shows each item's number, how often it may have been handed out before, its size\n"
    "in bytes, its type and how it begins; what could disturb a terminal is shown as\n"
    "\\x1b and the like. `penstock tail` goes on with those that come."};

}  // namespace

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
                   to_string(item.content_type),
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
