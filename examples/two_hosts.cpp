#include "examples/two_hosts.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace examples {

namespace {

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

/// Where the calling process is now.
int open_namespace()
{
    const int fd = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail("/proc/self/ns/net");
    return fd;
}

void enter(int network)
{
    if (::setns(network, CLONE_NEWNET) != 0) fail("setns");
}

int new_namespace()
{
    if (::unshare(CLONE_NEWNET) != 0) fail("unshare");
    return open_namespace();
}

/// The program of iproute2, in the namespace where this process is.
void ip(const std::string& arguments)
{
    constexpr int not_found = 127;  // as the shell says it
    const int status = std::system(("ip " + arguments).c_str());
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    if (WIFEXITED(status) && WEXITSTATUS(status) == not_found) {
        throw std::runtime_error("there is no `ip` (Debian's package is iproute2)");
    }
    throw std::runtime_error("`ip " + arguments + "` failed");
}

}  // namespace

TwoHosts::TwoHosts()
{
    if (::geteuid() != 0) {
        why_not_ = "this is not root";
    } else {
        const int home = open_namespace();
        try {
            make_namespaces();
        } catch (const std::exception& error) {
            why_not_ = error.what();
        }
        if (namespaces_[0] >= 0) enter(home);  // else it was never left
        ::close(home);
    }
    if (!are_namespaces()) addresses_ = {"127.0.0.1", "127.0.0.2"};
}

TwoHosts::~TwoHosts()
{
    for (const int fd : namespaces_) {
        if (fd >= 0) ::close(fd);
    }
}

void TwoHosts::make_namespaces()
{
    for (int& fd : namespaces_) {
        fd = new_namespace();
        ip("link set lo up");
    }
    // Here is the second one. The cable's other end goes into the first.
    const std::string first =
        "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(namespaces_[0]);
    ip("link add cable type veth peer name cable netns " + first);
    for (const std::size_t host : {1, 0}) {
        enter(namespaces_.at(host));
        ip("address add " + addresses_.at(host) + "/24 dev cable");
        ip("link set cable up");
    }
}

std::vector<std::string> TwoHosts::broker_addresses() const
{
    if (are_namespaces()) return {addresses_[0]};
    return {addresses_[0], addresses_[1]};
}

std::string TwoHosts::description() const
{
    const std::string where = addresses_[0] + " and " + addresses_[1];
    if (are_namespaces()) return "two network namespaces: " + where;
    return "two loopback addresses: " + where + ", because " + why_not_;
}

void TwoHosts::move_to(std::size_t host) const
{
    if (are_namespaces()) enter(namespaces_.at(host));
}

}  // namespace examples
