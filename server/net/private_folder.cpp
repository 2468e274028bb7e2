#include "server/net/private_folder.hpp"

#include <cerrno>
#include <stdexcept>
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

}  // namespace penstock::net
