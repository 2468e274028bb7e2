#include "server/net/descriptors.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace penstock::net {

namespace {

constexpr std::uint64_t reserve_max = 64;
constexpr std::uint64_t limit_assumed = 1024;  // if the kernel doesn't tell

}  // namespace

std::uint64_t soft_descriptor_limit()
{
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : limit_assumed;
}

void set_soft_descriptor_limit(std::uint64_t soft)
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = std::min<rlim_t>(soft, limit.rlim_max);
    (void)::setrlimit(RLIMIT_NOFILE, &limit);  // it stays as it is: no harm to most
}

std::uint64_t raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) set_soft_descriptor_limit(limit.rlim_max);
    return descriptors_for_connections();
}

std::uint64_t descriptors_for_connections()
{
    const std::uint64_t open_max = soft_descriptor_limit();
    return open_max - std::min(reserve_max, open_max / 4);
}

}  // namespace penstock::net
