#include "client/cli/get.hpp"

#include "client/cli/json.hpp"
#include "client/cli/streams.hpp"

#include <cstdlib>

namespace penstock::cli {

namespace {

constexpr VerbHelp help{
    "get",
    "Take an item out of a queue and write it to stdout, as it is.",
    "  penstock get jobs                        wait for one, as long as it takes\n"
    "  penstock get jobs --timeout 0            take one if it is there, else exit code 1\n"
    "  penstock get jobs > photo.jpg            byte by byte what was put\n"
    "  penstock get jobs --count 10 --lines     ten, a newline after each\n"
    "  penstock get jobs --json                 with its number and type",
    "An item leaves the queue for good once it is written: when stdout fails (a full disk, a "
    "closed\n"
    "pipe), or when get is killed before, the item returns to its place. With several items, "
    "those\n"
    "written before stay taken. A queue that is missing is created.\n"
    "--json prints a line for each: the item is its \"text\", or \"base64\" if that is not UTF-8.",
    "how long to wait, for each item (default: for ever)\n"
    "0: don't wait. Exit code 1 when none came"};

/// The client's destructor would acknowledge the item that was not written. Without it the system
/// closes the connection, and the broker puts the item back.
[[noreturn]] void leave_without_acknowledging(ExitCode exit_code) noexcept
{
    std::_Exit(static_cast<int>(exit_code));
}

}  // namespace

Get::Get(CLI::App& app, Globals& globals) : Verb(app, globals, help)
{
    command().add_option("QUEUE", queue_name_, "its name")->required()->option_text(" ");
    command().add_flag("--lines", lines_, "write a newline after each item");
    command()
        .add_option("--count", count_, "get N items, not 1")
        ->option_text("N")
        ->check(CLI::PositiveNumber);
}

void Get::write(const Item<Bytes>& item) const
{
    if (globals().json) {
        auto document = json_document();
        document["name"] = queue_name_;
        document["seq"] = item.seq;
        document["attempts"] = item.attempts;
        document["size"] = item.value.size();
        document["content_type"] = content_type_name(item.content_type);
        add_payload(document, item.value);
        write_json(document);
        return;
    }
    write_out(item.value);
    if (lines_) write_out("\n");
}

void Get::deliver(const Item<Bytes>& item) const noexcept
{
    try {
        write(item);
    } catch (const std::exception& error) {
        complain(std::string(error.what()) + "; the item returns to '" + queue_name_ + "'");
        leave_without_acknowledging(ExitCode::internal);
    }
}

ExitCode Get::run()
{
    Client client = connect();
    auto queue = client.queue<Bytes>(queue_name_);
    for (std::uint64_t i = 0; i < count_; ++i) {
        // This also acknowledges the item before, which is written.
        const auto item = queue.get_item(globals().timeout.value_or(forever));
        deliver(item);
    }
    client.flush();
    return ExitCode::done;
}

}  // namespace penstock::cli
