#include "common/base/endpoint.hpp"

#include <algorithm>
#include <charconv>

namespace penstock::base {

namespace {

constexpr std::string_view unix_form = "the form is unix:/path/of/the.socket";
constexpr std::string_view tcp_form = "the form is tcp:host:port or tcp:[::1]:port";
constexpr std::string_view unix_prefix = "unix:";
constexpr std::string_view tcp_prefix = "tcp:";

using Parsed = std::variant<Endpoint, std::string>;

Parsed error(std::string_view text, std::string_view what, std::string_view form)
{
    std::string message = "'";
    message.append(text).append("': ").append(what).append("; ").append(form);
    return message;
}

bool host_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

/// An IPv6 address may also name its zone: fe80::1%eth0.
bool bracketed_character(char c)
{
    return host_character(c) || c == ':' || c == '%';
}

/// Digits only, up to 65535: no sign, no space, no name of a service.
std::optional<std::uint16_t> parse_port(std::string_view text)
{
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, code] = std::from_chars(text.data(), end, port);
    if (text.empty() || code != std::errc{} || stopped != end) return std::nullopt;
    return port;
}

Parsed parse_unix(std::string_view text)
{
    const std::string_view path = text.substr(unix_prefix.size());
    if (path.starts_with("//")) return error(text, "this is not a URL", unix_form);
    if (path.empty()) return error(text, "the path is missing", unix_form);
    if (path.front() != '/') return error(text, "the path is not absolute", unix_form);
    if (path.back() == '/') return error(text, "the path ends in a slash", unix_form);
    if (path.find('\0') != std::string_view::npos)
        return error(text, "the path contains a zero byte", unix_form);
    if (path.size() > socket_path_size_max)
        return error(text, "the path of a socket has at most 107 bytes", unix_form);

    Endpoint endpoint;
    endpoint.family = Endpoint::Family::unix_socket;
    endpoint.path = path;
    return endpoint;
}

Parsed parse_tcp(std::string_view text)
{
    std::string_view rest = text.substr(tcp_prefix.size());
    if (rest.starts_with("//")) return error(text, "this is not a URL", tcp_form);

    std::string_view host;
    const bool bracketed = rest.starts_with('[');
    if (bracketed) {
        const std::size_t closing = rest.find(']');
        if (closing == std::string_view::npos)
            return error(text, "the closing bracket is missing", tcp_form);
        host = rest.substr(1, closing - 1);
        rest.remove_prefix(closing + 1);
    } else {
        host = rest.substr(0, rest.rfind(':'));
        rest.remove_prefix(host.size());
    }
    if (!bracketed && host.find(':') != std::string_view::npos)
        return error(text, "an IPv6 address stands in brackets", tcp_form);
    if (host.empty()) return error(text, "the host is missing", tcp_form);
    if (host.size() > host_size_max) return error(text, "the host is too long", tcp_form);
    if (!std::all_of(host.begin(), host.end(), bracketed ? bracketed_character : host_character))
        return error(text, "the host contains a character that no host has", tcp_form);
    if (rest.size() < 2 || rest.front() != ':') return error(text, "the port is missing", tcp_form);

    const auto port = parse_port(rest.substr(1));
    if (!port) return error(text, "the port is not a number from 0 to 65535", tcp_form);

    Endpoint endpoint;
    endpoint.family = Endpoint::Family::tcp;
    endpoint.host = host;
    endpoint.port = *port;
    return endpoint;
}

}  // namespace

std::variant<Endpoint, std::string> parse_endpoint(std::string_view text)
{
    if (text.starts_with(unix_prefix)) return parse_unix(text);
    if (text.starts_with(tcp_prefix)) return parse_tcp(text);
    return error(text,
                 "an address begins with unix: or tcp:",
                 "the forms are unix:/path, tcp:host:port and tcp:[::1]:port");
}

std::string to_string(const Endpoint& endpoint)
{
    switch (endpoint.family) {
        case Endpoint::Family::unix_socket:
            return std::string(unix_prefix) + endpoint.path;
        case Endpoint::Family::tcp:
            break;
    }
    std::string text(tcp_prefix);
    const bool bracketed = endpoint.host.find_first_of(":%") != std::string::npos;
    if (bracketed) text += '[';
    text += endpoint.host;
    if (bracketed) text += ']';
    text += ':';
    text += std::to_string(endpoint.port);
    return text;
}

std::string default_socket_path(std::optional<std::string_view> xdg_runtime_dir, unsigned uid)
{
    // A relative XDG_RUNTIME_DIR is to be ignored, says the XDG specification.
    std::string path;
    if (xdg_runtime_dir && xdg_runtime_dir->starts_with('/')) {
        path = *xdg_runtime_dir;
        path += "/penstock";
    } else {
        path = "/tmp/penstock-" + std::to_string(uid);
    }
    return path + "/penstock.sock";
}

}  // namespace penstock::base
