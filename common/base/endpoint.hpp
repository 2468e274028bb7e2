// Where a broker listens, as a value and as the text that users write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace penstock::base {

/// What fits into sockaddr_un, with the terminating zero.
inline constexpr std::size_t socket_path_size_max = 107;
/// The longest name that DNS knows.
inline constexpr std::size_t host_size_max = 253;

struct Endpoint {
    enum class Family { unix_socket, tcp };
    Family family = Family::unix_socket;
    std::string path;        // unix_socket
    std::string host;        // tcp: a name or an address, without brackets
    std::uint16_t port = 0;  // tcp; 0: a listener takes a free one
    bool operator==(const Endpoint&) const = default;
};

/// `unix:/path`, `tcp:host:port` or `tcp:[::1]:port`. The string is an error for the user: it says
/// what is wrong and shows the right form.
[[nodiscard]] std::variant<Endpoint, std::string> parse_endpoint(std::string_view text);

/// The form that parse_endpoint reads.
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

/// Where penstockd listens, and clients look, when nobody says where.
[[nodiscard]] std::string default_socket_path(std::optional<std::string_view> xdg_runtime_dir,
                                              unsigned uid);

}  // namespace penstock::base
