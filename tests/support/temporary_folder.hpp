// A private folder with a short path, as a Unix socket needs it; gone at the end, with its files.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace penstock::support {

class TemporaryFolder {
public:
    TemporaryFolder()
    {
        if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp");
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::string& path() const { return path_; }

    /// Where a key lies that broker and clients can share.
    [[nodiscard]] std::string write_key() const
    {
        const std::string file = path_ + "/key";
        std::ofstream(file) << "a key for these tests only";
        std::filesystem::permissions(file, std::filesystem::perms::owner_read);
        return file;
    }

private:
    std::string path_ = "/tmp/penstock-test-XXXXXX";
};

}  // namespace penstock::support
