#include "client/cli/exit_code.hpp"
#include "client/cli/json.hpp"
#include "client/cli/monitor_url.hpp"
#include "client/cli/streams.hpp"
#include "client/cli/watching.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace penstock::cli {

namespace {

constexpr VerbHelp help{
    "monitor",
    "Print the URL of the broker's monitor, for a browser.",
    "  penstock monitor                         for those who look\n"
    "  penstock monitor --operator              for those who may pause, move and purge\n"
    "  xdg-open \"$(penstock monitor)\"",
    "The URL holds a token: who has it gets in. The broker keeps the tokens in a file\n"
    "that its user can read; from another host use `ssh HOST penstock monitor`, and\n"
    "`ssh -L` for the way there. Exit code 1: the broker has no monitor; 4: the tokens\n"
    "can't be read."};

/// More than the file ever has.
constexpr std::size_t token_file_size_max = 4096;

std::string read_tokens(const std::string& path, const std::string& address)
{
    std::string text(token_file_size_max, '\0');
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    const ssize_t size = fd < 0 ? -1 : ::read(fd, text.data(), text.size());
    const int error = errno;
    if (fd >= 0) ::close(fd);
    if (size < 0) {
        throw Failure(ExitCode::refused, unreadable_text(path, address, error));
    }
    text.resize(static_cast<std::size_t>(size));
    return text;
}

}  // namespace

Monitor::Monitor(CLI::App& app, Globals& globals) : Verb(app, globals, help)
{
    flag("--operator", operator_, "the URL by which things can be changed");
}

ExitCode Monitor::run()
{
    const Client client = connect(globals().timeout);
    const BrokerStat broker = client.admin().broker_stat();
    if (broker.monitor_address.empty()) {
        throw Failure(ExitCode::negative,
                      "the broker serves no monitor; start penstockd without --no-monitor (a "
                      "broker inside a program, `penstockd --run` and older ones have none), or "
                      "use `penstock top`");
    }
    if (const std::string host = other_host(address()); !host.empty()) {
        throw Failure(ExitCode::refused,
                      "the broker is on another host; " + way_to(host, broker.monitor_address));
    }
    if (operator_ && !broker.monitor_operators) {
        throw Failure(ExitCode::refused,
                      "the monitor lets no operators in; start penstockd with --monitor-operator");
    }
    const std::string text = read_tokens(broker.monitor_token_file, broker.monitor_address);
    const char* const role = operator_ ? "operator" : "viewer";
    const std::string token = token_of(text, role);
    if (token.empty()) {
        throw Failure(ExitCode::refused,
                      std::string("there is no ") + role + "'s token in '" +
                          broker.monitor_token_file +
                          "'; remove the file and restart the broker, which makes a new one");
    }
    const std::string url = monitor_url(broker.monitor_address, token);
    if (!globals().json) {
        write_out(url + "\n");
        return ExitCode::done;
    }
    auto document = json_document();
    document["url"] = url;
    document["role"] = role;
    document["address"] = broker.monitor_address;
    document["token_file"] = broker.monitor_token_file;
    write_json(document);
    return ExitCode::done;
}

}  // namespace penstock::cli
