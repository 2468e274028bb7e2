#include "server/config/monitor_text.hpp"

#include "common/base/endpoint.hpp"

#include <algorithm>
#include <string_view>
#include <variant>

namespace penstock::config {

namespace {

/// "https://host" or "http://host:port", as browsers send it: nothing behind it.
bool is_origin(std::string_view text)
{
    const std::string_view scheme = text.starts_with("https://") ? "https://" : "http://";
    if (!text.starts_with(scheme)) return false;
    const std::string_view host = text.substr(scheme.size());
    return !host.empty() && std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view(".-:[]").find(c) != std::string_view::npos;
    });
}

}  // namespace

Kind monitor_address()
{
    Kind kind;
    kind.type = "HOST:PORT";
    kind.set = [](Config& config, const Texts& texts) -> Problem {
        const std::variant<base::Endpoint, std::string> parsed =
            base::parse_endpoint("tcp:" + texts.back());
        if (std::holds_alternative<std::string>(parsed)) {
            return "'" + texts.back() + "' is no address; write 127.0.0.1:8700 or [::1]:8700";
        }
        const auto& endpoint = std::get<base::Endpoint>(parsed);
        config.monitor.host = endpoint.host;
        config.monitor.port = endpoint.port;
        config.monitor.port_given = true;
        return std::nullopt;
    };
    kind.get = [](const Config& config) {
        base::Endpoint endpoint;
        endpoint.family = base::Endpoint::Family::tcp;
        endpoint.host = config.monitor.host;
        endpoint.port = config.monitor.port;
        return Texts{base::to_string(endpoint).substr(std::string_view("tcp:").size())};
    };
    return kind;
}

Kind monitor_origins()
{
    Kind kind;
    kind.type = "ORIGIN";
    kind.repeatable = true;
    kind.set = [](Config& config, const Texts& texts) -> Problem {
        for (const std::string& text : texts) {
            if (!is_origin(text)) {
                return "'" + text + "' is no origin; write https://queues.example.org";
            }
        }
        config.monitor.origins = texts;
        return std::nullopt;
    };
    kind.get = [](const Config& config) { return config.monitor.origins; };
    return kind;
}

}  // namespace penstock::config
