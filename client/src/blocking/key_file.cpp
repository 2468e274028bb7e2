#include "client/src/blocking/key_file.hpp"

#include "client/src/blocking/descriptor.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace penstock::blocking {

namespace {

constexpr std::size_t key_size_max = 64 * 1024;

Key failure(std::error_code ec, const std::string& path, std::string_view why)
{
    return {{}, ec, "key file '" + path + "'" + std::string(why)};
}

}  // namespace

Key read_key_file(const std::string& path)
{
    const auto unusable = std::make_error_code(std::errc::invalid_argument);
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) return failure({errno, std::system_category()}, path, " can't be opened");
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) {
        return failure({errno, std::system_category()}, path, " can't be read");
    }
    if ((status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
        return failure(unusable, path, " may be read by group or others: chmod 600 it");
    }

    Key key;
    key.bytes.resize(key_size_max + 1);
    std::size_t size = 0;
    while (size < key.bytes.size()) {
        const ssize_t count = ::read(file.get(), &key.bytes[size], key.bytes.size() - size);
        if (count == 0) break;
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failure({errno, std::system_category()}, path, " can't be read");
        size += static_cast<std::size_t>(count);
    }
    if (size > key_size_max) return failure(unusable, path, " is too long for a key");
    if (size > 0 && key.bytes[size - 1] == std::byte{'\n'}) --size;
    if (size == 0) return failure(unusable, path, " is empty");
    key.bytes.resize(size);
    return key;
}

}  // namespace penstock::blocking
