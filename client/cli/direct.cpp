#include "client/cli/direct.hpp"

#include "client/cli/command.hpp"
#include "client/cli/pump.hpp"
#include "client/cli/streams.hpp"

#include <penstock/dial.hpp>
#include <penstock/listener.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <poll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

namespace penstock::cli {

namespace {

/// Between two looks at who was turned away.
constexpr Duration look_interval = std::chrono::milliseconds(500);

constexpr VerbHelp listen_help{
    "listen",
    "Wait for a pipe, send stdin, print what comes.",
    "  penstock listen unix:/tmp/p              one peer: print what it sends\n"
    "  penstock listen unix:/tmp/p --lines      a message a line, both ways\n"
    "  penstock listen tcp:localhost:7411 --keep --lines < /dev/null\n"
    "                                           one peer after another, until Ctrl-C\n"
    "  penstock listen tcp:0.0.0.0:7411 --key-file key > photo.jpg\n"
    "                                           from another host: that needs a key\n"
    "  penstock listen tcp:localhost:0          the system chooses a port, and stderr\n"
    "                                           says which",
    "The other side is `penstock dial`, or a program: dial<T>(address) in C++, in\n"
    "Python multiprocessing.connection.Client(address, authkey=key). There is no\n"
    "broker. Python's send(object) arrives as a pickle, which is not decoded.\n"
    "\n"
    "Without --lines each read of stdin is a message, and messages are written as\n"
    "they are, back to back. The end of stdin ends sending; it ends when the other\n"
    "side has ended, too. With --keep, or when stdin is a terminal, the other side's\n"
    "end is enough. --json prints a line for each message: its \"text\", or \"base64\" if\n"
    "that is not UTF-8. A peer that has not got the key, or is silent, holds up\n"
    "nobody; a note says why it was turned away.",
    "how long to wait for a peer (default: for ever); then\n"
    "exit code 5"};

constexpr VerbHelp dial_help{
    "dial",
    "Open a pipe to a listener, send stdin, print what comes.",
    "  penstock dial unix:/tmp/p                what you type, line by line\n"
    "  penstock dial tcp:host:7411 --key-file key < photo.jpg\n"
    "  seq 100 | penstock dial unix:/tmp/p --lines\n"
    "                                           100 messages; prints what comes back\n"
    "  penstock dial unix:/tmp/p --lines --json < /dev/null\n"
    "                                           only receive",
    "The other side is `penstock listen`, or a program: penstock::Listener in C++, in\n"
    "Python multiprocessing.connection.Listener(address, authkey=key). There is no\n"
    "broker. Python's send(object) arrives as a pickle, which is not decoded.\n"
    "\n"
    "Without --lines each read of stdin is a message, and messages are written as\n"
    "they are, back to back. The end of stdin ends sending; it ends when the other\n"
    "side has ended, too. When stdin is a terminal the other side's end is enough.\n"
    "--json prints a line for each message: its \"text\", or \"base64\" if that is not\n"
    "UTF-8.",
    "give up connecting after this time (default: 10s)"};

/// The advice that goes with the library's codes is about brokers; these texts say all.
[[noreturn]] void fail(const std::system_error& error)
{
    throw Failure(verdict_of(error.code()).exit_code, error.what());
}

/// While it lives a signal that ends the process closes the listener before, so that no socket is
/// left in the file system.
class ClosedAtSignals {
public:
    explicit ClosedAtSignals(Listener& listener)
        : listener_(listener),
          signals_(std::in_place),
          stop_(::eventfd(0, EFD_CLOEXEC)),
          thread_([this] { watch(); })
    {}
    ~ClosedAtSignals()
    {
        const std::uint64_t one = 1;
        (void)!::write(stop_, &one, sizeof(one));
        thread_.join();
        listener_.close();
        ::close(stop_);
    }
    ClosedAtSignals(const ClosedAtSignals&) = delete;
    ClosedAtSignals& operator=(const ClosedAtSignals&) = delete;

private:
    void watch() noexcept
    {
        std::array<pollfd, 2> fds{pollfd{signals_->descriptor(), POLLIN, 0},
                                  pollfd{stop_, POLLIN, 0}};
        while (true) {
            (void)::poll(fds.data(), fds.size(), -1);
            if (fds[1].revents != 0) return;
            (void)signals_->take();  // there is nobody to pass them on to
            if (!signals_->ending()) continue;
            listener_.close();
            signals_.reset();  // the process ends here
        }
    }

    Listener& listener_;
    std::optional<HeldSignals> signals_;
    int stop_;
    std::thread thread_;
};

/// Says who was turned away, as soon as it is so.
class Doorkeeper {
public:
    Doorkeeper(Listener& listener, std::function<void(std::string_view)> note)
        : listener_(listener), note_(std::move(note))
    {}

    /// Throws errc::timed_out, and what the listener does.
    [[nodiscard]] Connection<Bytes> accept(Duration timeout)
    {
        const auto begin = std::chrono::steady_clock::now();
        while (true) {
            const Duration waited = std::chrono::steady_clock::now() - begin;
            const Duration left = timeout == forever ? forever : timeout - waited;
            std::error_code ec;
            Connection<Bytes> pipe = listener_.accept<Bytes>(std::min(left, look_interval), ec);
            tell();
            if (!ec) return pipe;
            if (ec == errc::timed_out && left > look_interval) continue;
            if (ec == errc::timed_out) fail_to_meet();
            throw_error(ec, "wait for a peer at " + listener_.address());
        }
    }

private:
    [[noreturn]] void fail_to_meet() const
    {
        const std::string address = listener_.address();
        throw Failure(ExitCode::timed_out,
                      "nobody came to " + address + " in time; call `penstock dial " + address +
                          "`, or wait longer: --timeout");
    }

    void tell()
    {
        const std::uint64_t failures = listener_.failures();
        if (failures == told_) return;
        const std::uint64_t more = failures - told_ - 1;
        told_ = failures;
        note_("turned away: " + listener_.last_failure() +
              (more == 0 ? "" : "; and " + std::to_string(more) + " before"));
    }

    Listener& listener_;
    std::function<void(std::string_view)> note_;
    std::uint64_t told_ = 0;
};

}  // namespace

DirectVerb::DirectVerb(CLI::App& app, Globals& globals, const VerbHelp& help)
    : PumpVerb(app, globals, help)
{
    argument("ADDRESS", address_, "unix:/path, tcp:host:port or tcp:[::1]:port");
    option("--legacy-md5",
           legacy_md5_name_,
           "local|always|never",
           "with a key: talk to Python before 3.12 (default: local)");
}

LegacyMd5 DirectVerb::legacy_md5() const
{
    const std::string name = legacy_md5_name_.value_or("local");
    if (name == "local") return LegacyMd5::local;
    if (name == "always") return LegacyMd5::always;
    if (name == "never") return LegacyMd5::never;
    throw Failure(ExitCode::usage,
                  "--legacy-md5 '" + name + "' is not one of local, always, never");
}

Listen::Listen(CLI::App& app, Globals& globals) : DirectVerb(app, globals, listen_help)
{
    flag("--keep", keep_, "when a peer has gone, wait for the next one");
}

ExitCode Listen::run()
{
    const std::string key = key_file();
    MessageInput input = message_input();
    PumpOptions options = pump_options();
    options.ends_with_peer = options.ends_with_peer || keep_;
    try {
        Listener listener(address_, {.key_file = key, .legacy_md5 = legacy_md5()});
        const ClosedAtSignals closed(listener);
        note("listening at " + listener.address());
        Doorkeeper door(listener, [this](std::string_view text) { note(text); });
        while (true) {
            Connection<Bytes> pipe = door.accept(globals().timeout.value_or(forever));
            if (!keep_) {
                listener.close();
                pump(std::move(pipe), input, options);
                return ExitCode::done;
            }
            try {
                pump(std::move(pipe), input, options);
            } catch (const std::system_error& error) {
                note(std::string("a peer is gone: ") + error.what());
            }
        }
    } catch (const std::system_error& error) {
        fail(error);
    }
}

Dial::Dial(CLI::App& app, Globals& globals) : DirectVerb(app, globals, dial_help) {}

ExitCode Dial::run()
{
    const std::string key = key_file();
    MessageInput input = message_input();
    DialOptions options;
    options.key_file = key;
    options.legacy_md5 = legacy_md5();
    options.timeout = globals().timeout.value_or(options.timeout);
    options.peer_uid = connect_options_of(globals()).broker_uid;
    try {
        PumpOptions pumping = pump_options();
        pumping.keyless = key.empty();
        pump(dial<Bytes>(address_, options), input, pumping);
    } catch (const std::system_error& error) {
        fail(error);
    }
    return ExitCode::done;
}

}  // namespace penstock::cli
