#include "server/net/machine.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace penstock::net {

namespace {

constexpr const char* groups_folder = "/sys/fs/cgroup";

/// A control group's own limit; without one, or where it can't be read, `otherwise`.
std::uint64_t group_limit(const std::filesystem::path& group, std::uint64_t otherwise)
{
    std::ifstream file(group / "memory.max");
    std::string text;
    if (!std::getline(file, text)) return otherwise;
    std::uint64_t limit = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    return error == std::errc() && limit > 0 ? limit : otherwise;  // "max" is none
}

/// Our group's folder: "0::/system.slice/penstockd.service" is its line in version 2.
std::filesystem::path own_group()
{
    std::ifstream file("/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("0::/")) return groups_folder + line.substr(3);
    }
    return groups_folder;
}

}  // namespace

std::uint64_t memory_size()
{
    const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
    std::uint64_t size = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    // Every group above ours limits us as well.
    for (std::filesystem::path group = own_group();; group = group.parent_path()) {
        size = std::min(size, group_limit(group, size));
        if (group == groups_folder || group == group.parent_path()) return size;
    }
}

}  // namespace penstock::net
