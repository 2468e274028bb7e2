#include "client/cli/broker.hpp"
#include "client/cli/duration.hpp"
#include "client/cli/json.hpp"
#include "client/cli/streams.hpp"
#include "client/cli/text.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace penstock::cli {

namespace {

using std::chrono::steady_clock;

constexpr Duration pause_min = std::chrono::milliseconds(50);
constexpr Duration pause_max = std::chrono::seconds(1);

constexpr VerbHelp help{
    "health",
    "Say whether the broker is well, for scripts.",
    "  penstock health                          one line, and the exit code\n"
    "  penstock health --wait 10s               for one that is just starting\n"
    "  penstock health -q && penstock put jobs hello",
    "Connects, then asks for a sign of life and for the broker's figures.\n"
    "Exit code 0: healthy; 1: it answers, but is not well, or it stopped answering;\n"
    "3: within --wait nobody was there, or somebody who accepts and says nothing;\n"
    "4: it doesn't let us in. What keeps us from it, `penstock doctor` finds out.",
    "how long one attempt to connect, and each answer, may\n"
    "take (default: 5s)"};

/// Whether a broker that starts, or is started again, may be there at the next attempt.
bool may_come(const std::error_code& ec)
{
    return verdict_of(ec).exit_code == ExitCode::no_connection ||
           verdict_of(ec).exit_code == ExitCode::timed_out;
}

}  // namespace

Health::Health(CLI::App& app, Globals& globals) : Verb(app, globals, help)
{
    option("--wait", wait_, "how long to try to connect (default: 0, one attempt)");
}

Client Health::reach() const
{
    const auto now = steady_clock::now();
    const Duration most = globals().timeout.value_or(answer_time_default);
    const Duration wait = wait_.value_or(Duration::zero());
    if (wait == Duration::zero()) return connect(most);
    // Near the end of time the sum would not fit.
    const auto end =
        wait < steady_clock::time_point::max() - now ? now + wait : steady_clock::time_point::max();
    for (Duration pause = pause_min;; pause = std::min(pause * 2, pause_max)) {
        const Duration left = end - steady_clock::now();
        try {
            // The last attempt is made at the end: it is a short one.
            return connect(std::clamp(left, pause_min, std::max(most, pause_min)));
        } catch (const std::system_error& error) {
            if (left <= Duration::zero() || !may_come(error.code())) throw;
        }
        std::this_thread::sleep_for(std::min(pause, end - steady_clock::now()));
    }
}

ExitCode Health::ask(Client& client) const
{
    const Duration time = client.ping(globals().timeout.value_or(answer_time_default));
    const BrokerStat stat = client.admin().broker_stat();
    if (globals().json) {
        auto document = json_document();
        document["healthy"] = true;
        document["url"] = address();
        document["round_trip_us"] =
            std::chrono::duration_cast<std::chrono::microseconds>(time).count();
        document["broker_version"] = stat.version;
        document["uptime_ms"] =
            std::chrono::duration_cast<std::chrono::milliseconds>(stat.uptime).count();
        write_json(document);
    } else if (!globals().quiet) {
        write_out("healthy: penstockd " + printable(stat.version) + " at " + printable(address()) +
                  ", up " + span_text(stat.uptime) + ", answered in " + milliseconds_text(time) +
                  "\n");
    }
    return ExitCode::done;
}

ExitCode Health::unhealthy(ExitCode exit_code, const std::string& reason) const
{
    if (globals().json) {
        auto document = json_document();
        document["healthy"] = false;
        document["url"] = address();
        document["reason"] = reason;
        write_json(document);
    }
    const bool negative = exit_code == ExitCode::negative;
    if (!negative || !globals().quiet) complain("unhealthy: " + reason);
    return exit_code;
}

ExitCode Health::run()
{
    Client client;
    try {
        client = reach();
    } catch (const std::system_error& error) {
        const ExitCode exit_code = verdict_of(error.code()).exit_code;
        // However it failed to answer: it could not be reached.
        return unhealthy(exit_code == ExitCode::timed_out ? ExitCode::no_connection : exit_code,
                         error.what());
    }
    try {
        return ask(client);
    } catch (const std::system_error& error) {
        return unhealthy(ExitCode::negative, error.what());
    }
}

}  // namespace penstock::cli
