// The monitor's URL, out of what the broker says and of the file where the tokens lie.
#pragma once

#include <string>
#include <string_view>

namespace penstock::cli {

/// The token behind `role` in lines such as "viewer TOKEN"; empty: there is none that can be one.
[[nodiscard]] std::string token_of(std::string_view text, std::string_view role);

/// "http://127.0.0.1:8700/#t=TOKEN". One that is served on all addresses is at this host's.
[[nodiscard]] std::string monitor_url(std::string_view address, std::string_view token);

/// The host of a broker at "tcp:host:port" that isn't this one; empty: it is here.
[[nodiscard]] std::string other_host(std::string_view broker);

/// How to get to a monitor that another host serves on its loopback.
[[nodiscard]] std::string way_to(const std::string& host, const std::string& address);

/// Why the tokens can't be read, and what to do; `error` is errno's.
[[nodiscard]] std::string unreadable_text(const std::string& path,
                                          const std::string& address,
                                          int error);

}  // namespace penstock::cli
