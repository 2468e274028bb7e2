#include "client/cli/put.hpp"

#include "client/cli/duration.hpp"
#include "client/cli/json.hpp"
#include "client/cli/progress.hpp"
#include "client/cli/putter.hpp"
#include "client/cli/streams.hpp"
#include "client/cli/text.hpp"

#include <limits>
#include <memory>

namespace penstock::cli {

namespace {

constexpr VerbHelp help{
    "put",
    "Put an item into a queue; one that is missing is created.",
    "  penstock put jobs hello                  one item: hello\n"
    "  penstock put jobs < photo.jpg            one item: the file, byte by byte\n"
    "  penstock put jobs --file photo.jpg       the same\n"
    "  seq 100 | penstock put jobs --lines      100 items\n"
    "  penstock put jobs tick --count 60 --rate 1/s\n"
    "                                           one each second, for a minute\n"
    "  penstock put jobs --size 4KiB --count 1000\n"
    "                                           1000 items, to try something out\n"
    "  penstock put jobs hello --timeout 5s     give up when there is no room by then\n"
    "  penstock put jobs -- --hello             one item: --hello",
    "When it ends with 0, the broker has the item (with --lines and --count: all of\n"
    "them). Waits while the queue is full. DATA and lines are marked as text, all\n"
    "else as bytes, unless --type says what they are. An item has at most 256 MiB,\n"
    "whatever the broker would take. With --json it prints a line for each item.",
    "how long to wait for room, for each item (default: for\n"
    "ever), and for the connection, at least 2s (default: 10s)\n"
    "0: don't wait. Exit code 6 when there was none"};

}  // namespace

Put::Put(CLI::App& app, Globals& globals) : Verb(app, globals, help)
{
    argument("QUEUE", queue_name_, "its name");
    argument("DATA", data_, "the item; without it, or with -: all of stdin");
    flag("--lines", lines_, "put each line of stdin, without its newline");
    option("--file", file_, "FILE", "put all of a file as one item");
    option("--size", size_text_, "SIZE", "put an item of that size, to try something out");
    option("--count", count_, 1, "put the same item N times");
    option("--priority",
           priority_,
           std::numeric_limits<Priority>::min(),
           "in a queue by priority: smaller comes out first\n(default: 0); a missing queue becomes "
           "one");
    option("--rate", rate_, "RATE", "so many items a second: 100, 100/s, 5/m");
    option("--type",
           type_name_,
           "bytes|text|number|json|pickle|cbor|msgpack",
           "what the item is; nothing is converted");
    flag("--no-progress", no_progress_, "show no progress on a terminal");
}

bool Put::has_argument() const
{
    return data_ && *data_ != "-";
}

bool Put::reads_stdin() const
{
    return !has_argument() && !file_ && !size_text_;
}

void Put::check_options()
{
    const int sources =
        int{data_.has_value()} + int{file_.has_value()} + int{size_text_.has_value()};
    if (lines_ && (has_argument() || file_ || size_text_)) {
        throw Failure(ExitCode::usage, "--lines reads stdin: leave DATA, --file and --size out");
    }
    if (sources > 1) {
        throw Failure(ExitCode::usage, "DATA, --file and --size exclude each other");
    }
    if (lines_ && count_) throw Failure(ExitCode::usage, "--lines and --count exclude each other");
    if (size_text_) {
        size_ = parse_size(*size_text_);
        if (!size_) {
            throw Failure(ExitCode::usage,
                          "--size '" + *size_text_ + "' is no size; write 4096, 64KiB or 1MiB");
        }
        if (*size_ > item_size_max) {
            throw Failure(ExitCode::usage, "--size takes at most " + size_text(item_size_max));
        }
    }
    if (rate_) {
        const auto rate = parse_rate(*rate_);
        if (!rate) {
            throw Failure(ExitCode::usage,
                          "--rate '" + *rate_ + "' is no rate; write 100, 0.5, 100/s, 5/m or 1/h");
        }
        per_second_ = *rate;
    }
    type_ = has_argument() || lines_ ? ContentType::text : ContentType::bytes;
    if (!type_name_) return;
    const auto type = content_type_called(*type_name_);
    if (!type) {
        throw Failure(ExitCode::usage,
                      "--type '" + *type_name_ +
                          "' is not one of bytes, text, number, json, pickle, cbor, msgpack");
    }
    type_ = *type;
}

void Put::put(Putter& putter, std::span<const std::byte> item, Pace* pace, Progress& progress)
{
    if (pace != nullptr) pace->wait();
    putter.put(item, globals().timeout.value_or(forever));
    ++put_count_;
    progress.add(item.size());
    if (!globals().json) return;
    auto document = json_document();
    document["name"] = queue_name_;
    document["size"] = item.size();
    document["content_type"] = to_string(type_);
    write_json(document);
}

void Put::put_lines(Putter& putter, Pace* pace, Progress& progress)
{
    LineReader reader;
    while (const auto line = reader.next()) {
        put(putter, std::as_bytes(std::span(*line)), pace, progress);
    }
}

Bytes Put::item() const
{
    if (file_) return read_file(*file_);
    if (size_) return Bytes(static_cast<std::size_t>(*size_), std::byte{'x'});
    if (!has_argument()) return read_all();
    const auto bytes = std::as_bytes(std::span(*data_));
    return Bytes(bytes.begin(), bytes.end());
}

void Put::put_all()
{
    Bytes one;
    if (!lines_) one = item();  // first: it may fail, or take long
    Client client = connect();
    const std::unique_ptr<Putter> putter = make_putter(client, queue_name_, type_, priority_);
    std::optional<Pace> pace;
    if (per_second_ > 0) pace.emplace(per_second_);
    Pace* const paced = pace ? &*pace : nullptr;
    Progress progress("put", globals().quiet, !no_progress_ && !globals().json);
    if (lines_) return put_lines(*putter, paced, progress);
    for (std::int64_t i = 0; i < count_.value_or(1); ++i) put(*putter, one, paced, progress);
}

ExitCode Put::run()
{
    check_options();
    if (reads_stdin() && stdin_is_terminal()) {
        note("reading the terminal: end with Ctrl-D, or leave with Ctrl-C");
    }
    try {
        put_all();
    } catch (const std::exception&) {  // a script may want to go on from there
        const bool one = put_count_ == 1;
        if (put_count_ > 0) {
            note(std::to_string(put_count_) +
                 (one ? " item was put, then:" : " items were put, then:"));
        }
        throw;
    }
    return ExitCode::done;
}

}  // namespace penstock::cli
