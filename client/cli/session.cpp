#include "client/cli/session.hpp"

#include "client/cli/duration.hpp"
#include "client/cli/json.hpp"
#include "client/cli/protocol_version.hpp"
#include "client/cli/streams.hpp"

#include <chrono>
#include <thread>

namespace penstock::cli {

namespace {

constexpr Duration ping_interval_default = std::chrono::seconds(1);

constexpr VerbHelp ping_help{
    "ping",
    "Ask for a sign of life, and say how long it took.",
    "  penstock ping\n"
    "  penstock ping --timeout 500ms            exit code 5 if it takes longer\n"
    "  penstock ping --count 10 --interval 2s",
    "Exit code 3: there is no broker; 4: it doesn't let us in; 5: it is there, but\n"
    "doesn't answer.",
    "how long connecting, and each answer, may take\n"
    "(default: 5s)"};

constexpr VerbHelp version_help{"version",
                                "Print the versions of this program and of its protocol.",
                                "  penstock version\n"
                                "  penstock version --json",
                                "It asks no broker: `penstockd --version` has its own.",
                                "without effect here"};

}  // namespace

Ping::Ping(CLI::App& app, Globals& globals) : Verb(app, globals, ping_help)
{
    option("--count", count_, 1, "ask N times, over one connection (default: 1)");
    option("--interval", interval_, "how long to pause between them (default: 1s)");
}

ExitCode Ping::run()
{
    const Duration timeout = globals().timeout.value_or(answer_time_default);
    Client client = connect(timeout);
    for (std::uint64_t i = 1; i <= count_; ++i) {
        if (i > 1) std::this_thread::sleep_for(interval_.value_or(ping_interval_default));
        const Duration time = client.ping(timeout);
        if (globals().json) {
            auto document = json_document();
            document["count"] = i;
            document["round_trip_us"] =
                std::chrono::duration_cast<std::chrono::microseconds>(time).count();
            write_json(document);
        } else {
            write_out("the broker answered in " + milliseconds_text(time) + "\n");
        }
    }
    return ExitCode::done;
}

Version::Version(CLI::App& app, Globals& globals) : Verb(app, globals, version_help) {}

ExitCode Version::run()
{
    if (!globals().json) {
        write_out("penstock " + std::string(version()) + "\nprotocol " +
                  std::to_string(protocol_version) + "\n");
        return ExitCode::done;
    }
    auto document = json_document();
    document["version"] = version();
    document["protocol"] = protocol_version;
    write_json(document);
    return ExitCode::done;
}

}  // namespace penstock::cli
