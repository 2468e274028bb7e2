// The monitor's URL, out of what the broker says and of the file where the tokens lie.
#pragma once

#include <string>
#include <string_view>

namespace penstock::cli {

/// The token behind `role` in lines such as "viewer TOKEN"; empty: there is none that can be one.
[[nodiscard]] std::string token_of(std::string_view text, std::string_view role);

/// "http://127.0.0.1:8700/#t=TOKEN". One that is served on all addresses is at this host's.
[[nodiscard]] std::string monitor_url(std::string_view address, std::string_view token);

/// What to say where the file can't be read, and what to do; `error` is errno's.
[[nodiscard]] std::string unreadable_text(const std::string& path,
                                          const std::string& address,
                                          int error);

}  // namespace penstock::cli
