#include "client/cli/get.hpp"

#include "client/cli/command.hpp"
#include "client/cli/json.hpp"
#include "client/cli/progress.hpp"
#include "client/cli/streams.hpp"
#include "client/cli/text.hpp"

#include <cstdlib>
#include <filesystem>
#include <limits>

namespace penstock::cli {

namespace {

constexpr VerbHelp help{
    "get",
    "Take an item out of a queue and write it to stdout.",
    "  penstock get jobs                        wait for one, as long as it takes\n"
    "  penstock get jobs --timeout 0            one if it is there, else exit code 1\n"
    "  penstock get jobs > photo.jpg            byte by byte what was put\n"
    "  penstock get jobs --count 10 --lines     ten, a newline after each\n"
    "  penstock get jobs --follow --lines       each as it comes, until Ctrl-C\n"
    "  penstock get jobs --follow --out spool   into files: spool/jobs-000001.bin ...\n"
    "  penstock get jobs --json                 with its number and type\n"
    "  penstock get jobs --follow --ack-after 'convert - out/$PENSTOCK_SEQ.png'\n"
    "                                           a worker: each item goes to a command",
    "An item leaves the queue for good once it is written: when stdout fails (a full\n"
    "disk, a closed pipe), or when get is killed before, the item returns to its\n"
    "place. With several items, those written before stay taken. A queue that is\n"
    "missing is created. --json prints a line for each: the item is its \"text\", or\n"
    "\"base64\" if that is not UTF-8. --out makes no folder and overwrites nothing; it\n"
    "prints the name of each file.\n"
    "\n"
    "--ack-after runs COMMAND by /bin/sh for each item, which is its stdin;\n"
    "PENSTOCK_QUEUE, PENSTOCK_SEQ and PENSTOCK_ATTEMPTS are set. When it exits with 0\n"
    "the item is done, for join too. Else the item returns to its place and get ends\n"
    "with 8; so it returns if get is killed meanwhile, but the command goes on then.\n"
    "Ctrl-C reaches all of the command, SIGTERM its shell only: where work must not\n"
    "go on behind it, let COMMAND begin with exec. get ends when the shell has ended.",
    "how long to wait, for each item (default: for ever), and\n"
    "for the connection, at least 2s (default: 10s)\n"
    "0: don't wait. Exit code 1 when none came"};

/// In a file's name; the digits keep the files in their order until there are a million.
constexpr int seq_digits = 6;

std::string suffix_of(ContentType type)
{
    switch (type) {
        case ContentType::bytes:
            return ".bin";
        case ContentType::text:
            return ".txt";
        case ContentType::number:
            return ".num";
        case ContentType::json:
            return ".json";
        case ContentType::pickle:
            return ".pickle";
        case ContentType::cbor:
            return ".cbor";
        case ContentType::msgpack:
            return ".msgpack";
    }
    return ".bin";
}

/// The client's destructor would acknowledge the item that was not written. Without it the system
/// closes the connection, and the broker puts the item back.
[[noreturn]] void leave_without_acknowledging(ExitCode exit_code) noexcept
{
    std::_Exit(static_cast<int>(exit_code));
}

}  // namespace

Get::Get(CLI::App& app, Globals& globals) : Verb(app, globals, help)
{
    argument("QUEUE", queue_name_, "its name");
    flag("--lines", lines_, "write a newline after each item");
    option("--count", count_, 1, "get N items, not 1");
    flag("--follow", follow_, "get one after the other, until Ctrl-C or --count");
    option("--format", format_name_, "raw|json|hex", "how to write them (default: raw)");
    option("--out", folder_, "DIR", "write each item into a file of its own in DIR");
    option(
        "--ack-after", command_, "COMMAND", "give it to COMMAND; it is done if that exits with 0");
    flag("--no-progress", no_progress_, "show no progress on a terminal");
}

void Get::check_options()
{
    const std::string name = format_name_.value_or(globals().json ? "json" : "raw");
    if (name != "raw" && name != "json" && name != "hex") {
        throw Failure(ExitCode::usage, "--format '" + name + "' is not one of raw, json, hex");
    }
    if (globals().json && name != "json") {
        throw Failure(ExitCode::usage, "--json and --format " + name + " exclude each other");
    }
    format_ = name == "json" ? Format::json : name == "hex" ? Format::hex : Format::raw;
    if (folder_ && (lines_ || format_ == Format::hex)) {
        throw Failure(ExitCode::usage,
                      "--out writes the items as they are: leave --lines and hex out");
    }
    if (command_ && (lines_ || format_name_ || folder_ || globals().json)) {
        throw Failure(ExitCode::usage,
                      "--ack-after gives the item to the command as it is: "
                      "leave --lines, --format, --json and --out out");
    }
    if (command_ && command_->find_first_not_of(" \t\n") == std::string::npos) {
        throw Failure(ExitCode::usage,
                      "--ack-after has no command: every item would be gone for nothing");
    }
    // Before anything is got: an item that comes back counts as handed out.
    if (folder_ && !std::filesystem::is_directory(*folder_)) {
        throw Failure(ExitCode::usage,
                      "--out '" + *folder_ + "' is no folder that is there; make it first");
    }
}

std::string Get::file_name_of(const Item<Bytes>& item) const
{
    std::string name = queue_name_;
    for (char& c : name) {
        if (c == '/' || c == ':') c = '_';
    }
    // Not hidden from `ls`, and no option to whoever passes it on.
    if (name.front() == '.' || name.front() == '-') name.front() = '_';
    std::string number = std::to_string(item.seq);
    if (number.size() < seq_digits) number.insert(0, seq_digits - number.size(), '0');
    return name + "-" + number + suffix_of(item.content_type);
}

std::string Get::save(const Item<Bytes>& item) const
{
    const std::string path = *folder_ + "/" + file_name_of(item);
    if (write_new_file(path, item.value)) return path;
    // It may have come before and been written, but not been acknowledged: no reason to stop.
    if (read_file(path) != item.value) {
        throw Failure(ExitCode::internal, "'" + path + "' is there already");
    }
    return path;
}

void Get::write_json_of(const Item<Bytes>& item, const std::string& file) const
{
    auto document = json_document();
    document["name"] = queue_name_;
    document["seq"] = item.seq;
    document["attempts"] = item.attempts;
    document["size"] = item.value.size();
    document["content_type"] = to_string(item.content_type);
    if (file.empty()) {
        add_payload(document, item.value);
    } else {
        document["file"] = file;
    }
    write_json(document);
}

void Get::write(const Item<Bytes>& item) const
{
    const std::string file = folder_ ? save(item) : std::string();
    switch (format_) {
        case Format::json:
            return write_json_of(item, file);
        case Format::hex:
            return write_out(hex(item.value) + "\n");
        case Format::raw:
            if (!file.empty()) return globals().quiet ? void() : write_out(file + "\n");
            write_out(item.value);
            if (lines_) write_out("\n");
    }
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

void Get::process(JoinableQueue<Bytes>& queue, const Item<Bytes>& item) const
{
    const std::string which = "item " + std::to_string(item.seq) + " of '" + queue_name_ + "'";
    // Until the broker knows what became of the item.
    std::optional<HeldSignals> signals(std::in_place);
    CommandEnd end;
    try {
        end = run_command(*command_,
                          {"PENSTOCK_QUEUE=" + queue_name_,
                           "PENSTOCK_SEQ=" + std::to_string(item.seq),
                           "PENSTOCK_ATTEMPTS=" + std::to_string(item.attempts)},
                          item.value,
                          *signals);
    } catch (const std::exception& error) {
        end.text = std::string("could not be run: ") + error.what();
    }
    if (!end.ok) {
        complain("the command " + end.text + "; " + which + " returns to its place in the queue");
        signals.reset();  // ends here if one came
        leave_without_acknowledging(ExitCode::internal);
    }
    std::error_code ec;
    queue.done(item, ec);
    // The count is only join's: somebody has counted off too much.
    if (!ec || ec == errc::no_unfinished_task) return;
    complain("the command is done with " + which + ", but the broker could not be told");
    throw_error(ec, "done on '" + queue_name_ + "'");
}

ExitCode Get::run()
{
    check_options();
    Client client = connect();
    JoinableQueue<Bytes> jobs;
    Queue<Bytes> plain;
    if (command_) {
        jobs = client.joinable_queue<Bytes>(queue_name_);
    } else {
        plain = client.queue<Bytes>(queue_name_);
    }
    Queue<Bytes>& queue = command_ ? jobs : plain;
    // Without --count, --follow never ends by itself.
    const std::int64_t count =
        count_.value_or(follow_ ? std::numeric_limits<std::int64_t>::max() : 1);
    // A command writes where it wants to.
    const bool show = !no_progress_ && !command_ && !stdout_is_terminal();
    Progress progress("got", globals().quiet, show);
    for (std::int64_t i = 0; i < count; ++i) {
        // This also acknowledges the item before, which is written.
        const auto item = queue.get_item(globals().timeout.value_or(forever));
        if (command_) {
            process(jobs, item);
        } else {
            deliver(item);
        }
        progress.add(item.value.size());
    }
    client.flush();
    return ExitCode::done;
}

}  // namespace penstock::cli
