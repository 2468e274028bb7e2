#include "client/cli/broker.hpp"
#include "client/cli/doctor_checks.hpp"
#include "client/cli/duration.hpp"
#include "client/cli/json.hpp"
#include "client/cli/protocol_version.hpp"
#include "client/cli/streams.hpp"
#include "client/cli/text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace penstock::cli {

namespace {

constexpr Duration timeout_default = std::chrono::seconds(5);

constexpr VerbHelp help{
    "doctor",
    "Find out what keeps us from the broker, and what would repair it.",
    "  penstock doctor\n"
    "  penstock -s unix:/run/penstock.sock doctor\n"
    "  penstock doctor --json",
    "Looks at the address, the socket and its folder, the key file, the connection, both versions\n"
    "and this machine's limits. Each line says ok, warning or error, and below it what to do. It\n"
    "changes nothing. Exit code 1 if there is an error.",
    "how long connecting, and each answer, may take (default: 5s)"};

/// How an attempt to connect ended.
struct Attempt {
    Client client;
    std::error_code ec;
    std::string text;
};

Attempt try_connect(const Globals& globals)
{
    ConnectOptions options = connect_options_of(globals);
    options.timeout = globals.timeout.value_or(timeout_default);
    try {
        return {penstock::connect(globals.server, options), {}, {}};
    } catch (const std::system_error& error) {
        return {{}, error.code(), error.what()};
    }
}

std::string key_file_of(const Globals& globals)
{
    const char* variable = std::getenv("PENSTOCK_KEY_FILE");
    if (!globals.key_file.empty() || variable == nullptr) return globals.key_file;
    return variable;
}

Check check_address(const Globals& globals, const std::string& address, const Attempt& attempt)
{
    const char* variable = std::getenv("PENSTOCK_URL");
    const bool is_set = variable != nullptr && *variable != '\0';
    const std::string from = !globals.server.empty() ? " (--server)"
                             : is_set                ? " (PENSTOCK_URL)"
                                                     : " (the default; PENSTOCK_URL is not set)";
    const bool about_key = attempt.text.starts_with("key file");
    if (attempt.ec == std::errc::invalid_argument && !about_key) {
        return {"address",
                Finding::error,
                attempt.text + from,
                "export PENSTOCK_URL=unix:/PATH, or tcp:HOST:PORT"};
    }
    return {"address", Finding::ok, address + from, {}};
}

std::string repair_of(const Attempt& attempt, const std::string& address)
{
    if (attempt.ec == std::errc::connection_refused && address.starts_with("unix:")) {
        return "nobody listens there any more; start the broker again, it takes the socket over: "
               "penstockd --listen " +
               address;
    }
    if (attempt.ec == std::errc::no_such_file_or_directory ||
        attempt.ec == std::errc::connection_refused) {
        return "penstockd --listen " + address;
    }
    if (attempt.text.find("the process there belongs to user") != std::string::npos) {
        return "if you trust that user: --broker-user USER";
    }
    if (attempt.ec == errc::refused) {
        return "give the same key to both sides: --key-file, or PENSTOCK_KEY_FILE";
    }
    const std::string advice = verdict_of(attempt.ec).advice;
    return advice.empty() ? "the broker's log may say more" : advice;
}

Check check_connection(Attempt& attempt, const std::string& address)
{
    const std::string name = "connection";
    if (attempt.ec) {
        return {name, Finding::error, attempt.text, repair_of(attempt, address)};
    }
    std::error_code ec;
    const Duration time = attempt.client.ping(timeout_default, ec);
    if (ec) return {name, Finding::error, "ping: " + ec.message(), "is it busy, or stopped?"};
    return {
        name, Finding::ok, "the broker let us in, and answered in " + milliseconds_text(time), {}};
}

Check check_versions(const Client& client)
{
    const std::string name = "versions";
    std::error_code ec;
    const BrokerStat stat = client.admin().broker_stat(ec);
    if (ec) {
        return {name,
                Finding::warning,
                "the broker doesn't tell its version: " + ec.message(),
                "compare `penstockd --version` with `penstock version`"};
    }
    const std::string text = "broker " + stat.version + " with protocol " +
                             std::to_string(stat.protocol) + ", this program " +
                             std::string(version()) + " with protocol " +
                             std::to_string(protocol_version);
    const bool same = stat.version == version() && stat.protocol == protocol_version;
    if (same) return {name, Finding::ok, text, {}};
    return {name, Finding::warning, text, "install the same version on both sides"};
}

std::vector<Check> examine(const Globals& globals, const std::string& address)
{
    std::vector<Check> checks;
    Attempt attempt = try_connect(globals);
    checks.push_back(check_address(globals, address, attempt));
    if (checks.back().finding == Finding::ok) {
        for (Check& check : check_socket(address)) checks.push_back(std::move(check));
        checks.push_back(check_key(key_file_of(globals), address));
        checks.push_back(check_connection(attempt, address));
        if (checks.back().finding == Finding::ok) checks.push_back(check_versions(attempt.client));
    }
    checks.push_back(check_clock());
    checks.push_back(check_open_files());
    checks.push_back(check_socket_buffer());
    return checks;
}

Finding worst_of(const std::vector<Check>& checks)
{
    Finding worst = Finding::ok;
    for (const Check& check : checks) worst = std::max(worst, check.finding);
    return worst;
}

void print_json(const std::vector<Check>& checks)
{
    boost::json::array list;
    for (const Check& check : checks) {
        boost::json::object object;
        object["check"] = check.name;
        object["result"] = to_string(check.finding);
        object["text"] = check.text;
        if (!check.fix.empty()) object["fix"] = check.fix;
        list.push_back(std::move(object));
    }
    auto document = json_document();
    document["result"] = to_string(worst_of(checks));
    document["checks"] = std::move(list);
    write_json(document);
}

void print_table(const std::vector<Check>& checks)
{
    Table table({Table::Align::left, Table::Align::left, Table::Align::left});
    for (const Check& check : checks) {
        table.add({std::string(to_string(check.finding)), check.name, printable(check.text)});
        if (!check.fix.empty()) table.add({"", "", "-> " + printable(check.fix)});
    }
    write_out(table.text());
}

}  // namespace

Doctor::Doctor(CLI::App& app, Globals& globals) : Verb(app, globals, help) {}

ExitCode Doctor::run()
{
    const std::vector<Check> checks = examine(globals(), address());
    if (globals().json) {
        print_json(checks);
    } else {
        print_table(checks);
    }
    return worst_of(checks) == Finding::error ? ExitCode::negative : ExitCode::done;
}

}  // namespace penstock::cli
