#include "server/net/private_folder.hpp"

#include "common/base/endpoint.hpp"

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace penstock::net {

void make_private_folder(const std::filesystem::path& folder)
{
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        throw std::runtime_error(folder.string() + ": " + std::generic_category().message(errno));
    }
    struct stat status {};
    const bool ours = ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
                      status.st_uid == ::geteuid() && (status.st_mode & 077) == 0;
    if (ours) return;
    throw std::runtime_error(folder.string() +
                             " is not a folder of this user alone (mode 0700): remove it, or say "
                             "where to listen with --listen");
}

TemporaryFolder::TemporaryFolder()
{
    constexpr std::string_view name = "/penstock.XXXXXX";
    // With what we put into it, it must fit into a socket's address.
    constexpr std::size_t path_size_max = base::socket_path_size_max - 32;
    const char* wanted = std::getenv("TMPDIR");
    path_ = wanted == nullptr || *wanted != '/' ? "/tmp" : wanted;
    if (path_.size() + name.size() > path_size_max) path_ = "/tmp";
    path_ += name;
    if (::mkdtemp(path_.data()) == nullptr) {
        throw std::runtime_error(path_ + ": " + std::generic_category().message(errno));
    }
}

TemporaryFolder::~TemporaryFolder()
{
    ::rmdir(path_.c_str());
}

}  // namespace penstock::net
