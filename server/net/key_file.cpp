#include "server/net/key_file.hpp"

#include "common/base/key.hpp"
#include "server/net/unique_fd.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace penstock::net {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& why)
{
    throw std::runtime_error("key file '" + path + "' " + why);
}

/// systemd lets this service alone read its credentials, with an access list that fstat() shows as
/// if it were the group's right.
bool is_credential(const std::string& path)
{
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    return folder != nullptr && *folder == '/' && path.starts_with(std::string(folder) + "/");
}

}  // namespace

base::Bytes read_key_file(const std::string& path)
{
    // Not blocking: a pipe that nobody writes to would stop a broker that reads its key again.
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) {
        fail(path, "can't be opened: " + std::generic_category().message(errno));
    }
    if (!S_ISREG(status.st_mode)) fail(path, "is no regular file");
    base::Bytes contents(base::key_file_size_max + 1);
    std::size_t size = 0;
    while (size < contents.size()) {
        const ssize_t count = ::read(file.get(), &contents[size], contents.size() - size);
        if (count == 0) break;
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail(path, "can't be read: " + std::generic_category().message(errno));
        size += static_cast<std::size_t>(count);
    }
    contents.resize(size);
    const mode_t others = is_credential(path) ? S_IROTH : S_IRGRP | S_IROTH;
    const bool exposed = (status.st_mode & others) != 0;
    std::variant<base::Bytes, std::string> key = base::key_from_file(contents, exposed);
    if (const auto* why = std::get_if<std::string>(&key)) fail(path, *why);
    return std::get<base::Bytes>(std::move(key));
}

}  // namespace penstock::net
