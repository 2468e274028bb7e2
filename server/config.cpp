#include "server/config.hpp"

#include "common/base/endpoint.hpp"
#include "common/base/key.hpp"
#include "server/net/key_file.hpp"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace penstock {

namespace {

constexpr int exit_usage = 2;

constexpr const char* description =
    "penstockd: the broker of penstock, queues for processes on one host and on many.\n"
    "\n"
    "Examples:\n"
    "  penstockd                                   listen on the default socket of this user\n"
    "  penstockd --listen unix:/run/penstock.sock\n"
    "  penstockd --listen tcp:0.0.0.0:7410 --key-file /etc/penstock/key\n"
    "  penstockd --listen tcp:127.0.0.1:0,auth=none   a free port, this host only\n"
    "\n"
    "Each address is printed on standard output as `listening ADDRESS` once it is open; the log\n"
    "goes to standard error. SIGTERM and SIGINT end it: queues live in memory and end with it.";

constexpr const char* listen_help =
    "unix:/path[,auth=peer|key] or tcp:host:port[,auth=key|none]; may be given several times. "
    "Unix sockets let in this user and root (peer) unless told to ask for the key; TCP asks for "
    "the key, and only loopback may do without (none). Default: "
    "$XDG_RUNTIME_DIR/penstock/penstock.sock, else /tmp/penstock-UID/penstock.sock";

constexpr const char* key_file_help =
    "The shared key: the whole file but one trailing newline. Must not be readable by group or "
    "others. The key authenticates both sides; it does not encrypt, so there is no defence "
    "against a man in the middle until TLS";

constexpr const char* legacy_md5_help =
    "Take the HMAC-MD5 answers of Python 3.11 and older: on Unix sockets and loopback (local), "
    "always, or never";

net::ListenSpec parse_listen(const std::string& text)
{
    const std::size_t comma = text.find(',');
    std::variant<base::Endpoint, std::string> parsed =
        base::parse_endpoint(std::string_view(text).substr(0, comma));
    if (const auto* why = std::get_if<std::string>(&parsed)) {
        throw std::runtime_error("--listen " + text + ": " + *why);
    }
    net::ListenSpec spec;
    spec.endpoint = std::get<base::Endpoint>(std::move(parsed));
    const bool is_tcp = spec.endpoint.family == base::Endpoint::Family::tcp;
    spec.auth = is_tcp ? net::Auth::key : net::Auth::peer;
    if (comma == std::string::npos) return spec;
    const std::string option = text.substr(comma + 1);
    if (option == "auth=key") {
        spec.auth = net::Auth::key;
    } else if (option == "auth=none" && is_tcp) {
        spec.auth = net::Auth::none;
    } else if (option != "auth=peer" || is_tcp) {
        throw std::runtime_error("--listen " + text + ": '" + option + "' is not one of " +
                                 (is_tcp ? "auth=key, auth=none" : "auth=peer, auth=key"));
    }
    return spec;
}

/// The folder of the default socket is ours alone, or it is not used.
void make_private_folder(const std::filesystem::path& folder)
{
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        throw std::runtime_error(folder.string() + ": " + std::generic_category().message(errno));
    }
    struct stat status {};
    const bool ours = ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
                      status.st_uid == ::geteuid() && (status.st_mode & 077) == 0;
    if (!ours) {
        throw std::runtime_error(folder.string() +
                                 " is not a folder of this user alone (mode 0700): remove it, or "
                                 "say where to listen with --listen");
    }
}

net::ListenSpec default_listen()
{
    std::optional<std::string_view> runtime_dir;
    if (const char* value = std::getenv("XDG_RUNTIME_DIR")) runtime_dir = value;
    net::ListenSpec spec;
    spec.endpoint.path = base::default_socket_path(runtime_dir, ::geteuid());
    make_private_folder(std::filesystem::path(spec.endpoint.path).parent_path());
    return spec;
}

struct Arguments {
    std::vector<std::string> listen;
    std::string key_file;
    std::string legacy_md5 = "local";
};

Config to_config(const Arguments& arguments)
{
    Config config;
    for (const std::string& text : arguments.listen) {
        config.server.listen.push_back(parse_listen(text));
    }
    if (!arguments.key_file.empty()) {
        config.server.engine.key = net::read_key_file(arguments.key_file);
        if (config.server.engine.key.size() < base::key_size_advised_min) {
            config.warning = "the key is shorter than 16 bytes and could be guessed";
        }
    }
    for (const net::ListenSpec& spec : config.server.listen) {
        if (spec.auth == net::Auth::key && config.server.engine.key.empty()) {
            throw std::runtime_error("--listen " + base::to_string(spec.endpoint) +
                                     " asks for a key: give --key-file FILE" +
                                     (spec.endpoint.family == base::Endpoint::Family::tcp
                                          ? ", or auth=none on loopback"
                                          : ""));
        }
    }
    if (config.server.listen.empty()) config.server.listen.push_back(default_listen());
    if (arguments.legacy_md5 == "always") config.server.legacy_md5 = net::LegacyMd5::always;
    if (arguments.legacy_md5 == "never") config.server.legacy_md5 = net::LegacyMd5::never;
    return config;
}

}  // namespace

std::variant<Config, int> read_config(int argc, char** argv)
{
    CLI::App app(description, "penstockd");
    app.set_version_flag("--version", std::string("penstockd ") + PENSTOCK_VERSION);
    Arguments arguments;
    app.add_option("--listen", arguments.listen, listen_help)
        ->type_name("ADDRESS")
        ->allow_extra_args(false);
    app.add_option("--key-file", arguments.key_file, key_file_help)
        ->type_name("FILE")
        ->envname("PENSTOCK_KEY_FILE");
    app.add_option("--legacy-md5", arguments.legacy_md5, legacy_md5_help)
        ->check(CLI::IsMember({"local", "always", "never"}))
        ->capture_default_str();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : exit_usage;
    }
    try {
        return to_config(arguments);
    } catch (const std::runtime_error& error) {
        std::cerr << "penstockd: " << error.what() << '\n';
        return exit_usage;
    }
}

}  // namespace penstock
