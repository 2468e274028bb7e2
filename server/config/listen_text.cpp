#include "server/config/listen_text.hpp"

#include "common/base/endpoint.hpp"
#include "server/config/load.hpp"

#include <string_view>
#include <variant>

namespace penstock::config {

namespace {

net::Auth default_auth(const base::Endpoint& endpoint)
{
    const bool is_tcp = endpoint.family == base::Endpoint::Family::tcp;
    return is_tcp ? net::Auth::key : net::Auth::peer;
}

Problem parse_auth(const std::string& word, net::ListenSpec& spec)
{
    const bool is_tcp = spec.endpoint.family == base::Endpoint::Family::tcp;
    if (word == "auth=key") {
        spec.auth = net::Auth::key;
    } else if (word == "auth=none" && is_tcp) {
        spec.auth = net::Auth::none;
    } else if (word == "auth=peer" && !is_tcp) {
        spec.auth = net::Auth::peer;
    } else {
        return not_one_of(word,
                          is_tcp ? Texts{"auth=key", "auth=none"} : Texts{"auth=peer", "auth=key"});
    }
    return std::nullopt;
}

Problem parse_listen(const std::string& text, net::ListenSpec& spec)
{
    const std::size_t comma = text.find(',');
    std::variant<base::Endpoint, std::string> parsed =
        base::parse_endpoint(std::string_view(text).substr(0, comma));
    if (const auto* why = std::get_if<std::string>(&parsed)) return text + ": " + *why;
    spec.endpoint = std::get<base::Endpoint>(std::move(parsed));
    spec.auth = default_auth(spec.endpoint);
    if (comma == std::string::npos) return std::nullopt;
    if (Problem problem = parse_auth(text.substr(comma + 1), spec)) return text + ": " + *problem;
    return std::nullopt;
}

}  // namespace

Kind listen_addresses()
{
    Kind kind;
    kind.type = "ADDRESS";
    kind.repeatable = true;
    kind.set = [](Config& config, const Texts& texts) -> Problem {
        for (const std::string& text : texts) {
            if (Problem problem = parse_listen(text, config.server.listen.emplace_back())) {
                return problem;
            }
        }
        config.listen = texts;
        return std::nullopt;
    };
    kind.get = [](const Config& config) { return config.listen; };
    return kind;
}

void add_inherited(Config& config, const std::vector<net::InheritedSocket>& sockets)
{
    for (const net::InheritedSocket& socket : sockets) {
        net::ListenSpec& spec = config.server.listen.emplace_back();
        spec.endpoint = socket.endpoint;
        spec.auth = default_auth(socket.endpoint);
        spec.inherited = socket.fd;
        if (!socket.name.starts_with("auth=")) continue;
        if (Problem problem = parse_auth(socket.name, spec)) {
            throw ConfigError("LISTEN_FDNAMES: " + base::to_string(socket.endpoint) + ": " +
                              *problem);
        }
    }
}

}  // namespace penstock::config
