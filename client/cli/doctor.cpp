#include "client/cli/broker.hpp"
#include "client/cli/doctor_checks.hpp"
#include "client/cli/duration.hpp"
#include "client/cli/json.hpp"
#include "client/cli/protocol_version.hpp"
#include "client/cli/streams.hpp"
#include "client/cli/text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace penstock::cli {

namespace {

constexpr VerbHelp help{
    "doctor",
    "Find what keeps us from the broker, and how to repair it.",
    "  penstock doctor\n"
    "  penstock -s unix:/run/penstock.sock doctor\n"
    "  penstock doctor --json",
    "Looks at the address, the socket and its folder, the key file, the connection,\n"
    "both versions and this machine's limits. Each line says ok, warning or error,\n"
    "and below it what to do. It changes nothing. Exit code 1 if there is an error;\n"
    "with -q that is all.",
    "how long connecting, and each answer, may take\n"
    "(default: 5s)"};

/// How an attempt to connect ended.
struct Attempt {
    Client client;
    std::error_code ec;
    std::string text;
};

Attempt try_connect(const Globals& globals)
{
    ConnectOptions options = connect_options_of(globals);
    options.timeout = globals.timeout.value_or(answer_time_default);
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

bool is_default(const Globals& globals)
{
    const char* variable = std::getenv("PENSTOCK_URL");
    return globals.server.empty() && (variable == nullptr || *variable == '\0');
}

Check check_address(const Globals& globals, const std::string& address, const Attempt& attempt)
{
    const std::string from = !globals.server.empty() ? " (--server)"
                             : is_default(globals)   ? " (the default; PENSTOCK_URL is not set)"
                                                     : " (PENSTOCK_URL)";
    const bool about_key = attempt.text.starts_with("key file");
    if (attempt.ec == std::errc::invalid_argument && !about_key) {
        return {"address",
                Finding::error,
                attempt.text + from,
                "export PENSTOCK_URL=unix:/PATH, or tcp:HOST:PORT"};
    }
    return {"address", Finding::ok, address + from, {}};
}

bool says(const Attempt& attempt, std::string_view words)
{
    return attempt.text.find(words) != std::string::npos;
}

/// The socket and its folder. The library insists on more for the folder of the default socket.
std::vector<Check> check_files(const Globals& globals,
                               const Attempt& attempt,
                               const std::string& address)
{
    if (!says(attempt, "is not yours alone")) return check_socket(address, is_default(globals));
    const std::size_t begin = std::string_view("unix:").size();
    const std::string folder = address.substr(begin, address.rfind('/') - begin);
    return {{"folder",
             Finding::error,
             attempt.text,
             "chmod 700 " + quoted(folder) +
                 "; where that is not allowed, set XDG_RUNTIME_DIR to a folder of yours"}};
}

/// The number behind "belongs to user"; none if that is not what the library says.
std::optional<std::uint32_t> foreign_user(const Attempt& attempt)
{
    constexpr std::string_view words = "the process there belongs to user ";
    const std::size_t at = attempt.text.find(words);
    if (at == std::string::npos) return std::nullopt;
    const char* const end = attempt.text.data() + attempt.text.size();
    std::uint32_t uid = 0;
    const auto read = std::from_chars(attempt.text.data() + at + words.size(), end, uid);
    return read.ec == std::errc() ? std::optional(uid) : std::nullopt;
}

/// A broker to start at an address where nobody listens.
std::string start_of(const std::string& address, const std::string& key_file)
{
    const std::string listen = "penstockd --listen ";
    if (address.starts_with("unix:")) {
        return "nobody listens there any more; start the broker again, it takes the socket over: " +
               listen + quoted(address);
    }
    if (!key_file.empty()) {
        return "there: " + listen + quoted(address) + " --key-file " + quoted(key_file);
    }
    const bool is_loopback = address.starts_with("tcp:127.") ||
                             address.starts_with("tcp:localhost:") ||
                             address.starts_with("tcp:[::1]:");
    if (is_loopback) return listen + quoted(address + ",auth=none");
    return "there: " + listen + quoted(address) +
           " --key-file FILE; and name a copy of that file with --key-file here";
}

std::string repair_of(const Attempt& attempt,
                      const std::string& address,
                      const std::string& key_file)
{
    if (attempt.ec == std::errc::connection_refused) return start_of(address, key_file);
    if (const auto uid = foreign_user(attempt)) {
        return "if you trust that user: penstock --broker-user " + user_name(*uid);
    }
    if (says(attempt, "penstockd --allow")) {
        return "its operator can let you in: penstockd --allow " + user_name(::geteuid());
    }
    if (attempt.ec == errc::refused) {
        return "give the same key to both sides: --key-file, or PENSTOCK_KEY_FILE";
    }
    if (says(attempt, "can't find the host")) return "name another in PENSTOCK_URL";
    const std::string advice = verdict_of(attempt.ec).advice;
    return advice.empty() ? "the broker's log may say more" : advice;
}

constexpr const char* repair_above = "repair what stands above, then look again";

/// `blocked`: what stands above must be repaired first.
Check check_connection(Attempt& attempt,
                       const std::string& address,
                       const std::string& key_file,
                       bool blocked)
{
    const std::string name = "connection";
    if (attempt.ec && attempt.text.starts_with("key file")) {
        return {name, Finding::error, "not tried, for the key can't be used", repair_above};
    }
    if (attempt.ec) {
        return {name,
                Finding::error,
                attempt.text,
                blocked ? repair_above : repair_of(attempt, address, key_file)};
    }
    std::error_code ec;
    const Duration time = attempt.client.ping(answer_time_default, ec);
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

Finding worst_of(const std::vector<Check>& checks)
{
    Finding worst = Finding::ok;
    for (const Check& check : checks) worst = std::max(worst, check.finding);
    return worst;
}

std::vector<Check> examine(const Globals& globals, const std::string& address)
{
    std::vector<Check> checks;
    Attempt attempt = try_connect(globals);
    checks.push_back(check_address(globals, address, attempt));
    if (checks.back().finding == Finding::ok) {
        const std::string key_file = key_file_of(globals);
        for (Check& check : check_files(globals, attempt, address)) {
            checks.push_back(std::move(check));
        }
        const bool blocked = worst_of(checks) == Finding::error;
        checks.push_back(check_key(key_file, address));
        checks.push_back(check_connection(attempt, address, key_file, blocked));
        if (checks.back().finding == Finding::ok) checks.push_back(check_versions(attempt.client));
    }
    checks.push_back(check_clock());
    checks.push_back(check_open_files());
    checks.push_back(check_socket_buffer());
    return checks;
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
    } else if (!globals().quiet) {
        print_table(checks);
    }
    return worst_of(checks) == Finding::error ? ExitCode::negative : ExitCode::done;
}

}  // namespace penstock::cli
