#include "client/cli/put.hpp"

#include "client/cli/json.hpp"
#include "client/cli/streams.hpp"

namespace penstock::cli {

namespace {

constexpr VerbHelp help{
    "put",
    "Put an item into a queue, which is created if there is none.",
    "  penstock put jobs hello                  one item: hello\n"
    "  penstock put jobs < photo.jpg            one item: the file, byte by byte\n"
    "  seq 100 | penstock put jobs --lines      100 items\n"
    "  penstock put jobs hello --timeout 5s     give up when there is no room for 5 seconds\n"
    "  penstock put jobs -- --hello             one item: --hello",
    "When it ends with 0, the broker has the item (with --lines and --count: all of them). Waits\n"
    "while the queue is full. DATA and lines are marked as text, all of stdin as bytes.\n"
    "With --json it prints one line for each item that was put.",
    "how long to wait for room, for each item (default: for ever)\n"
    "0: don't wait. Exit code 6 when there was none"};

}  // namespace

Put::Put(CLI::App& app, Globals& globals) : Verb(app, globals, help)
{
    command().add_option("QUEUE", queue_name_, "its name")->required()->option_text(" ");
    data_option_ = command()
                       .add_option("DATA", data_, "the item; without it, or with -: all of stdin")
                       ->option_text(" ");
    command().add_flag("--lines", lines_, "put each line of stdin, without its newline");
    count_option_ = command()
                        .add_option("--count", count_, "put the same item N times")
                        ->option_text("N")
                        ->check(CLI::PositiveNumber);
}

bool Put::has_argument() const
{
    // The raw result: CLI11 reads "{}" as a list without members.
    return data_option_->count() > 0 && data_option_->results().front() != "-";
}

void Put::check_options() const
{
    if (!lines_) return;
    if (has_argument()) throw Failure(ExitCode::usage, "--lines reads stdin: leave DATA out");
    if (count_option_->count() > 0) {
        throw Failure(ExitCode::usage, "--lines and --count exclude each other");
    }
}

template <Codable T>
void Put::put(Queue<T>& queue, const T& item)
{
    queue.put(item, globals().timeout.value_or(forever));
    ++put_count_;
    if (!globals().json) return;
    auto document = json_document();
    document["name"] = queue_name_;
    document["size"] = item.size();
    document["content_type"] = content_type_name(content_type_of<T>);
    write_json(document);
}

void Put::put_all()
{
    if (!has_argument() && !lines_) {
        const Bytes item = read_all();  // first: it may fail, or take long
        Client client = connect();
        auto queue = client.queue<Bytes>(queue_name_);
        for (std::uint64_t i = 0; i < count_; ++i) put(queue, item);
        return;
    }
    Client client = connect();
    auto queue = client.queue<std::string>(queue_name_);
    if (lines_) {
        LineReader reader;
        while (const auto line = reader.next()) put(queue, *line);
    } else {
        const std::string item = data_option_->results().front();
        for (std::uint64_t i = 0; i < count_; ++i) put(queue, item);
    }
}

ExitCode Put::run()
{
    check_options();
    if (!has_argument() && stdin_is_terminal()) {
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
