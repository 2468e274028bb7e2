#include "client/cli/monitor_url.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace penstock::cli {

namespace {

/// Nothing else goes into a URL, whoever wrote the file.
bool is_token(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
    });
}

std::string host_of(std::string_view address)
{
    const std::string_view host = address.substr(0, address.rfind(':'));
    if (host == "0.0.0.0" || host == "[::]") return host == "[::]" ? "[::1]" : "127.0.0.1";
    return std::string(host);
}

}  // namespace

std::string token_of(std::string_view text, std::string_view role)
{
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!line.starts_with(role) || line.size() == role.size() || line[role.size()] != ' ')
            continue;
        line.remove_prefix(role.size() + 1);
        if (is_token(line)) return std::string(line);
    }
    return {};
}

std::string monitor_url(std::string_view address, std::string_view token)
{
    const std::string_view port = address.substr(std::min(address.size(), address.rfind(':')));
    return ("http://" + host_of(address)).append(port).append("/#t=").append(token);
}

std::string other_host(std::string_view broker)
{
    constexpr std::string_view tcp = "tcp:";
    if (!broker.starts_with(tcp)) return {};
    broker.remove_prefix(tcp.size());
    std::string host(broker.substr(0, broker.rfind(':')));
    const bool here = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    return here ? std::string() : host;
}

std::string way_to(const std::string& host, const std::string& address)
{
    const std::string port = address.substr(address.rfind(':') + 1);
    return "there `ssh " + host + " penstock monitor` prints the URL, and `ssh -L " + port + ":" +
           address + " " + host + "` makes it work here";
}

std::string unreadable_text(const std::string& path, const std::string& address, int error)
{
    const std::string head = "cannot read the monitor's tokens in '" + path +
                             "': " + std::generic_category().message(error) + "; ";
    if (error == EACCES || error == EPERM) {
        return head + "run this as the broker's user, such as `sudo -u USER penstock monitor`";
    }
    return head + "is the broker on another host? " + way_to("HOST", address);
}

}  // namespace penstock::cli
