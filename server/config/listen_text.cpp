#include "server/config/listen_text.hpp"

#include "common/base/endpoint.hpp"

#include <string_view>
#include <variant>

namespace penstock::config {

namespace {

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
    const bool is_tcp = spec.endpoint.family == base::Endpoint::Family::tcp;
    spec.auth = is_tcp ? net::Auth::key : net::Auth::peer;
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

}  // namespace penstock::config
