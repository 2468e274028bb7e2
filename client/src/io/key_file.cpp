#include "client/src/io/key_file.hpp"

#include "client/src/io/descriptor.hpp"
#include "common/base/key.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <variant>

namespace penstock::io {

namespace {

Key failure(std::error_code ec, const std::string& path, std::string_view why)
{
    return {{}, ec, "key file '" + path + "' " + std::string(why)};
}

/// Because of errno.
Key system_failure(const std::string& path, std::string_view why)
{
    const std::error_code ec(errno, std::system_category());
    return failure(ec, path, std::string(why) + ": " + ec.message());
}

}  // namespace

Key read_key_file(const std::string& path)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) return system_failure(path, "can't be opened");
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) {
        return system_failure(path, "can't be read");
    }
    const bool exposed = (status.st_mode & (S_IRGRP | S_IROTH)) != 0;

    base::Bytes contents(base::key_file_size_max + 1);
    std::size_t size = 0;
    while (size < contents.size()) {
        const ssize_t count = ::read(file.get(), &contents[size], contents.size() - size);
        if (count == 0) break;
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_failure(path, "can't be read");
        size += static_cast<std::size_t>(count);
    }
    contents.resize(size);
    auto key = base::key_from_file(contents, exposed);
    if (const auto* why = std::get_if<std::string>(&key)) {
        return failure(std::make_error_code(std::errc::invalid_argument), path, *why);
    }
    return {std::get<base::Bytes>(std::move(key)), {}, {}};
}

}  // namespace penstock::io
