#include "server/bridge/access.hpp"

#include <algorithm>
#include <utility>

namespace penstock::bridge {

namespace {

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

bool is_loopback(std::string_view address)
{
    return address.starts_with("127.") || address == "::1";
}

std::string host_of(std::string_view origin)
{
    const std::size_t slashes = origin.find("://");
    return std::string(slashes == std::string_view::npos ? origin : origin.substr(slashes + 3));
}

}  // namespace

std::string_view word_of(Role role)
{
    switch (role) {
        case Role::viewer:
            return "viewer";
        case Role::operator_:
            return "operator";
    }
    return "";
}

bool equal_in_constant_time(std::string_view a, std::string_view b)
{
    // The length is no secret.
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    }
    const volatile unsigned result = difference;  // so that no compiler leaves the loop early
    return result == 0;
}

std::string hex(std::span<const std::byte> bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : bytes) {
        const auto value = std::to_integer<unsigned>(byte);
        text += {digits[value >> 4], digits[value & 15]};
    }
    return text;
}

std::optional<Role> role_of(const Tokens& tokens, std::string_view token)
{
    // Both, always: the time tells nothing.
    const bool is_viewer = equal_in_constant_time(tokens.viewer, token);
    const bool is_operator = equal_in_constant_time(tokens.operator_, token);
    if (token.empty()) return std::nullopt;
    if (is_operator) return Role::operator_;
    if (is_viewer) return Role::viewer;
    return std::nullopt;
}

std::string_view bearer_of(std::string_view authorization)
{
    constexpr std::string_view scheme = "bearer ";
    if (lower(authorization.substr(0, scheme.size())) != scheme) return {};
    return authorization.substr(scheme.size());
}

Sites::Sites(std::uint16_t port, std::vector<std::string> origins)
    : port_(port), origins_(std::move(origins))
{
    for (std::string& origin : origins_) origin = lower(origin);
}

std::vector<std::string> Sites::own_hosts(std::string_view local) const
{
    const std::string port = ":" + std::to_string(port_);
    const bool v6 = local.find(':') != std::string_view::npos;
    const std::string literal = v6 ? "[" + std::string(local) + "]" : std::string(local);
    std::vector<std::string> names{literal};
    if (is_loopback(local)) names.push_back("localhost");
    std::vector<std::string> hosts;
    for (const std::string& name : names) {
        hosts.push_back(name + port);
        if (port_ == 80) hosts.push_back(name);  // browsers leave it out
    }
    return hosts;
}

bool Sites::host_allowed(std::string_view host, std::string_view local) const
{
    const std::string wanted = lower(host);
    for (const std::string& own : own_hosts(local)) {
        if (wanted == own) return true;
    }
    return std::any_of(origins_.begin(), origins_.end(), [&](const std::string& origin) {
        return host_of(origin) == wanted;
    });
}

bool Sites::origin_allowed(std::string_view origin, std::string_view local) const
{
    const std::string wanted = lower(origin);
    for (const std::string& own : own_hosts(local)) {
        if (wanted == "http://" + own) return true;
    }
    return std::find(origins_.begin(), origins_.end(), wanted) != origins_.end();
}

std::optional<std::string> Tickets::issue(Role role,
                                          TimePoint now,
                                          std::span<const std::byte> secret)
{
    forget_old(now);
    if (tickets_.size() >= tickets_max) return std::nullopt;
    tickets_.push_back({hex(secret), role, now + ticket_time_max});
    return tickets_.back().text;
}

std::optional<Role> Tickets::take(std::string_view ticket, TimePoint now)
{
    forget_old(now);
    std::optional<Role> role;
    for (auto i = tickets_.begin(); i != tickets_.end();) {
        if (equal_in_constant_time(i->text, ticket)) {
            role = i->role;
            i = tickets_.erase(i);
        } else {
            ++i;
        }
    }
    return role;
}

void Tickets::forget_old(TimePoint now)
{
    while (!tickets_.empty() && tickets_.front().until <= now) tickets_.pop_front();
}

}  // namespace penstock::bridge
