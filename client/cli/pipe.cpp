#include "client/cli/pipe.hpp"

#include <penstock/error.hpp>

namespace penstock::cli {

namespace {

constexpr VerbHelp help{
    "pipe",
    "Open an end of a named pipe, send stdin, print what comes.",
    "  penstock pipe chat --left                one end, here\n"
    "  penstock pipe chat --right               the other, on this host or another:\n"
    "                                           what you type, line by line\n"
    "  seq 100 | penstock pipe work --left --lines\n"
    "                                           100 messages; prints what comes back\n"
    "  penstock pipe photo --right > photo.jpg < /dev/null\n"
    "                                           only receive",
    "Two parties meet at a name of the broker, one at each end; the other one is\n"
    "`penstock pipe`, or a program: client.pipe<T>(name, End::right). Whoever comes\n"
    "first waits. Python's first end of a Pipe() is the left one. On one host, over\n"
    "the broker's Unix socket, messages don't pass the broker; else it relays them.\n"
    "\n"
    "Without --lines each read of stdin is a message, and messages are written as\n"
    "they are, back to back. The end of stdin ends sending; it ends when the other\n"
    "side has ended, too. When stdin is a terminal the other side's end is enough.\n"
    "--json prints a line for each message: its \"text\", or \"base64\" if that is not\n"
    "UTF-8.",
    "how long to wait for the other party (default: for\n"
    "ever), and for the connection, at least 2s\n"
    "(default: 10s). Exit code 5 if nobody comes"};

const char* option_of(End end)
{
    return end == End::left ? "--left" : "--right";
}

End other_of(End end)
{
    return end == End::left ? End::right : End::left;
}

/// What it says, and what to do. The advice that goes with the codes is for queues.
[[noreturn]] void fail_to_meet(const std::system_error& error, const std::string& name, End end)
{
    const std::string there = "`penstock pipe " + name + " " + option_of(other_of(end)) + "`";
    const std::error_code& ec = error.code();
    std::string text = error.what();
    if (ec == errc::timed_out) {
        text = "pipe '" + name + "': nobody came to the other end in time; open it with " + there +
               ", or wait longer: --timeout";
    } else if (ec == errc::end_taken) {
        text += std::string("; is ") + option_of(other_of(end)) + " the one you mean?";
    } else if (ec == errc::options_differ) {
        text += "; take another name, or `penstock get " + name + "`";
    } else {
        throw;
    }
    throw Failure(verdict_of(ec).exit_code, text);
}

}  // namespace

Pipe::Pipe(CLI::App& app, Globals& globals) : PumpVerb(app, globals, help)
{
    argument("NAME", name_, "what both parties call the pipe");
    flag("--left", left_, "open the left end: Python's first");
    flag("--right", right_, "open the right end");
}

End Pipe::end() const
{
    if (left_ != right_) return left_ ? End::left : End::right;
    throw Failure(ExitCode::usage,
                  left_ ? "--left and --right exclude each other: the other party takes the other"
                        : "which end? --left, or --right; the other party takes the other");
}

/// Says that it waits if it does.
Connection<Bytes> Pipe::meet(Client& client, End end) const
{
    const Duration timeout = globals().timeout.value_or(forever);
    try {
        std::error_code ec;
        Connection<Bytes> pipe = client.pipe<Bytes>(name_, end, Duration::zero(), ec);
        if (!ec) return pipe;
        if (ec == errc::timed_out && timeout > Duration::zero()) {
            note("waiting for somebody at the other end of '" + name_ + "'");
        }
        return client.pipe<Bytes>(name_, end, timeout);
    } catch (const std::system_error& error) {
        fail_to_meet(error, name_, end);
    }
}

ExitCode Pipe::run()
{
    const End end = this->end();
    MessageInput input = message_input();
    Client client = connect();
    pump(meet(client, end), input, pump_options());
    return ExitCode::done;
}

}  // namespace penstock::cli
