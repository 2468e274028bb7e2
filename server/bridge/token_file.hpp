// The file with the monitor's tokens: made once, for this user only, and kept over restarts.
#pragma once

#include "server/bridge/access.hpp"

#include <string>
#include <string_view>

namespace penstock::bridge {

/// Beside the Unix socket ("/run/penstock.sock" gives "/run/penstock.sock.monitor"); without one
/// (empty) in $XDG_STATE_HOME/penstock, by default in ~/.local/state/penstock. Throws
/// std::runtime_error where nobody knows the user's folders.
[[nodiscard]] std::string default_token_file(std::string_view socket_path);

/// Reads the tokens; makes the file, and folders that are missing, if there is none. Throws
/// std::runtime_error with a text for the user: also where others could read it.
[[nodiscard]] Tokens load_tokens(const std::string& path);

/// Random bytes of the system's.
void fill_with_secret(std::span<std::byte> bytes);

}  // namespace penstock::bridge
