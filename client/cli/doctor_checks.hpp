// What `penstock doctor` looks at before it connects: files, permissions and limits. Each check
// says how it is, and names the line that repairs what is wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::cli {

enum class Finding { ok, warning, error };

struct Check {
    std::string name;
    Finding finding = Finding::ok;
    std::string text;
    std::string fix;  // what to type or to do; empty: nothing
};

[[nodiscard]] std::string_view to_string(Finding finding) noexcept;

/// As a shell wants it.
[[nodiscard]] std::string quoted(const std::string& text);

/// Where there is no name its number; options that take a user take both.
[[nodiscard]] std::string user_name(std::uint32_t uid);

/// The folder and the socket of "unix:/path"; nothing for another address. A broker that is not
/// told where to listen makes the folder of the default socket itself.
[[nodiscard]] std::vector<Check> check_socket(const std::string& address, bool is_default);

/// `path` may be empty: no key.
[[nodiscard]] Check check_key(const std::string& path, const std::string& address);

[[nodiscard]] Check check_clock();
[[nodiscard]] Check check_open_files();
[[nodiscard]] Check check_socket_buffer();

}  // namespace penstock::cli
