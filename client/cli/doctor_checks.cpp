#include "client/cli/doctor_checks.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace penstock::cli {

namespace {

constexpr std::string_view unix_prefix = "unix:";
constexpr std::size_t key_size_advised_min = 16;
constexpr rlim_t open_files_advised_min = 1024;
/// What Linux has unless somebody changed it.
constexpr long socket_buffer_usual = 212'992;

std::string error_text(int error)
{
    return std::generic_category().message(error);
}

std::string mode_text(mode_t mode)
{
    std::array<char, 8> text{};
    (void)std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
    return text.data();
}

bool ours_or_roots(uid_t uid)
{
    return uid == ::geteuid() || uid == 0;
}

std::string owner_and_mode(const struct stat& status)
{
    return "of user " + user_name(status.st_uid) + ", mode " + mode_text(status.st_mode);
}

/// What makes the folder that is missing.
std::string folder_fix(const std::string& folder, int error, bool is_default)
{
    const std::string above = folder.substr(0, folder.rfind('/'));
    if (error == EACCES) return "ask its owner for access";
    if (error != ENOENT) return "name another path in PENSTOCK_URL";
    if (is_default && ::access(above.c_str(), W_OK) == 0) return "penstockd";
    return "mkdir -p -m 700 " + quoted(folder);
}

Check check_folder(const std::string& folder, bool is_default)
{
    const std::string name = "folder";
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) {
        const int error = errno;
        return {name,
                Finding::error,
                folder + ": " + error_text(error),
                folder_fix(folder, error, is_default)};
    }
    const std::string text = folder + " is " + owner_and_mode(status);
    if (!S_ISDIR(status.st_mode))
        return {
            name, Finding::error, folder + " is no folder", "name another path in PENSTOCK_URL"};
    if (::access(folder.c_str(), X_OK) != 0) {
        return {
            name, Finding::error, text + ", and you may not enter it", "ask its owner for access"};
    }
    if (!ours_or_roots(status.st_uid)) {
        return {name,
                Finding::warning,
                text + ": that user can replace the socket",
                "let the broker listen in a folder of yours: penstockd --listen unix:/PATH"};
    }
    const bool others_write = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (others_write && (status.st_mode & S_ISVTX) == 0) {
        return {name,
                Finding::warning,
                text + ": others can replace the socket",
                "chmod go-w " + quoted(folder)};
    }
    return {name, Finding::ok, text, {}};
}

Check check_socket_file(const std::string& path)
{
    const std::string name = "socket";
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        const int error = errno;
        return {name,
                Finding::error,
                path + ": " + error_text(error),
                error == ENOENT ? "penstockd --listen " + quoted("unix:" + path)
                                : "ask its owner for access"};
    }
    const std::string text = path + " is " + owner_and_mode(status);
    if (S_ISDIR(status.st_mode)) {
        return {name,
                Finding::error,
                path + " is a folder",
                "name a socket in it: export PENSTOCK_URL=" +
                    quoted("unix:" + (path == "/" ? "" : path) + "/penstock.sock")};
    }
    if (!S_ISSOCK(status.st_mode)) {
        return {name,
                Finding::error,
                path + " is no socket",
                "mv " + quoted(path) + " " + quoted(path + ".old") + " && penstockd --listen " +
                    quoted("unix:" + path)};
    }
    if (::access(path.c_str(), W_OK) != 0) {
        return {name,
                Finding::error,
                text + ", and you may not write to it",
                status.st_uid == ::geteuid()
                    ? "chmod 600 " + quoted(path)
                    : "user " + user_name(status.st_uid) + " can let you in: penstockd --allow " +
                          user_name(::geteuid())};
    }
    if (!ours_or_roots(status.st_uid)) {
        return {name, Finding::warning, text + ", neither you nor root", {}};
    }
    return {name, Finding::ok, text, {}};
}

/// The key's size without one newline at its end; a longer one than any is cut.
std::size_t key_size(const std::string& path)
{
    std::array<char, std::size_t{64} * 1024> contents{};
    std::ifstream file(path, std::ios::binary);
    file.read(contents.data(), contents.size());
    const auto size = static_cast<std::size_t>(file.gcount());
    return size > 0 && contents[size - 1] == '\n' ? size - 1 : size;
}

}  // namespace

std::string_view to_string(Finding finding) noexcept
{
    switch (finding) {
        case Finding::ok:
            return "ok";
        case Finding::warning:
            return "warning";
        case Finding::error:
            return "error";
    }
    return "";
}

std::string quoted(const std::string& text)
{
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

std::string user_name(std::uint32_t uid)
{
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    const bool known =
        ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
    return known ? found->pw_name : std::to_string(uid);
}

std::vector<Check> check_socket(const std::string& address, bool is_default)
{
    if (!address.starts_with(unix_prefix)) return {};
    const std::string path = address.substr(unix_prefix.size());
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {};
    std::vector<Check> checks{check_folder(slash == 0 ? "/" : path.substr(0, slash), is_default)};
    if (checks.front().finding != Finding::error) checks.push_back(check_socket_file(path));
    return checks;
}

Check check_key(const std::string& path, const std::string& address)
{
    const std::string name = "key";
    if (path.empty()) {
        const bool is_unix = address.starts_with(unix_prefix);
        return {name,
                Finding::ok,
                is_unix ? "none is named; the socket goes by its user"
                        : "none is named; the broker may want one",
                {}};
    }
    const std::string make = "head -c 32 /dev/urandom | base64 > " + quoted(path) +
                             " && chmod 600 " + quoted(path) + ", and the same for the broker";
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || ::access(path.c_str(), R_OK) != 0) {
        const int error = errno;
        return {name,
                Finding::error,
                path + ": " + error_text(error),
                error == ENOENT
                    ? "copy the broker's key there, or name another file in PENSTOCK_KEY_FILE"
                    : "as root: chown " + user_name(::geteuid()) + " " + quoted(path)};
    }
    const std::string text = path + " is " + owner_and_mode(status);
    if (!S_ISREG(status.st_mode))
        return {name, Finding::error, path + " is no file", "name another in PENSTOCK_KEY_FILE"};
    if ((status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
        return {name, Finding::error, text + ": others can read it", "chmod 600 " + quoted(path)};
    }
    const std::size_t size = key_size(path);
    if (size == 0) return {name, Finding::error, path + " is empty", make};
    if (size < key_size_advised_min) {
        return {name,
                Finding::warning,
                path + " has " + std::to_string(size) + " bytes, which could be guessed",
                make};
    }
    return {name, Finding::ok, text + ", " + std::to_string(size) + " bytes", {}};
}

Check check_clock()
{
    using std::chrono::steady_clock;
    using std::chrono::system_clock;
    constexpr auto pause = std::chrono::milliseconds(10);
    const auto steady = steady_clock::now();
    std::this_thread::sleep_for(pause);
    const auto gone = steady_clock::now() - steady;
    if (gone < pause || gone > 100 * pause) {
        return {"clock",
                Finding::warning,
                "a pause of 10 ms took " +
                    std::to_string(
                        std::chrono::duration_cast<std::chrono::milliseconds>(gone).count()) +
                    " ms: timeouts will be late",
                "give this machine more time: it is overloaded, or was stopped"};
    }
    constexpr std::chrono::hours since_1970_min{24 * 365 * 54};
    if (system_clock::now().time_since_epoch() < since_1970_min) {
        return {"clock", Finding::warning, "the date is wrong", "timedatectl set-ntp true"};
    }
    return {"clock", Finding::ok, "is going", {}};
}

Check check_open_files()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return {"open files", Finding::warning, error_text(errno), {}};
    }
    const bool unlimited = limit.rlim_cur == RLIM_INFINITY;
    const std::string text =
        unlimited ? "no limit" : "at most " + std::to_string(limit.rlim_cur) + " in a process";
    if (unlimited || limit.rlim_cur >= open_files_advised_min) {
        return {"open files", Finding::ok, text, {}};
    }
    return {"open files",
            Finding::warning,
            text + ": a broker takes one for each client",
            "ulimit -n " + std::to_string(open_files_advised_min)};
}

Check check_socket_buffer()
{
    const std::string name = "socket buffer";
    std::ifstream file("/proc/sys/net/core/wmem_max");
    long size = 0;
    if (!(file >> size)) return {name, Finding::ok, "net.core.wmem_max can't be read here", {}};
    const std::string text = "net.core.wmem_max is " + std::to_string(size);
    if (size >= socket_buffer_usual) return {name, Finding::ok, text, {}};
    return {name,
            Finding::warning,
            text + ", less than usual: large items go slowly",
            "sysctl -w net.core.wmem_max=" + std::to_string(socket_buffer_usual)};
}

}  // namespace penstock::cli
