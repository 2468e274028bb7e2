// A folder that is this user's alone, or an error.
#pragma once

#include <filesystem>

namespace penstock::net {

/// Makes it if it is missing. Throws std::runtime_error with a text for the user when it belongs to
/// somebody else, or others may enter it.
void make_private_folder(const std::filesystem::path& folder);

}  // namespace penstock::net
