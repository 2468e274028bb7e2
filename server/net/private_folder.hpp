// A folder that is this user's alone, or an error.
#pragma once

#include <filesystem>
#include <string>

namespace penstock::net {

/// Makes it if it is missing. Throws std::runtime_error with a text for the user when it belongs to
/// somebody else, or others may enter it.
void make_private_folder(const std::filesystem::path& folder);

/// A fresh one for a socket, and gone with this object.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace penstock::net
