#include "server/bridge/token_file.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <sys/random.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace penstock::bridge {

namespace {

constexpr std::size_t file_size_max = 4096;
constexpr std::size_t token_size_min = 16;
constexpr std::size_t secret_size = 24;

[[noreturn]] void fail(const std::string& path, const std::string& why)
{
    throw std::runtime_error("the monitor's token file '" + path + "' " + why);
}

[[noreturn]] void fail_with_errno(const std::string& path, const std::string& what)
{
    fail(path,
         what + ": " + std::generic_category().message(errno) +
             "; choose another with --monitor-token-file");
}

class File {
public:
    explicit File(int fd) : fd_(fd) {}
    ~File()
    {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] int fd() const { return fd_; }

private:
    const int fd_;
};

/// Only this user, or root, may have written it, and nobody else may read it.
void check_owner(const std::string& path, const struct stat& status)
{
    if (!S_ISREG(status.st_mode)) fail(path, "is no regular file; remove it");
    if (status.st_uid != ::geteuid() && status.st_uid != 0) {
        fail(path, "belongs to another user; remove it, or choose another");
    }
    if ((status.st_mode & 077) != 0) {
        fail(path, "can be read by others; `chmod 600` it, or remove it to get new tokens");
    }
}

Tokens parse(const std::string& path, const std::string& text)
{
    Tokens tokens;
    std::istringstream lines(text);
    std::string role;
    std::string token;
    while (lines >> role >> token) {
        if (role == "viewer") tokens.viewer = token;
        if (role == "operator") tokens.operator_ = token;
    }
    const bool good = tokens.viewer.size() >= token_size_min &&
                      tokens.operator_.size() >= token_size_min &&
                      tokens.viewer != tokens.operator_;
    if (!good) {
        fail(path,
             "has no lines `viewer TOKEN` and `operator TOKEN` with two different tokens of "
             "16 characters or more; remove it to get new ones");
    }
    return tokens;
}

std::optional<Tokens> read_tokens(const std::string& path)
{
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.fd() < 0 && errno == ENOENT) return std::nullopt;
    struct stat status {};
    if (file.fd() < 0 || ::fstat(file.fd(), &status) != 0) {
        fail_with_errno(path, "can't be opened");
    }
    check_owner(path, status);
    std::string text(file_size_max, '\0');
    const ssize_t size = ::read(file.fd(), text.data(), text.size());
    if (size < 0) fail_with_errno(path, "can't be read");
    text.resize(static_cast<std::size_t>(size));
    return parse(path, text);
}

std::string fresh_token()
{
    std::array<std::byte, secret_size> bytes{};
    fill_with_secret(bytes);
    return hex(bytes);
}

/// Whole, or not at all: under another name first, and then only if nobody else was quicker.
void make_file(const std::string& path)
{
    std::string other = path + ".XXXXXX";
    const File file(::mkostemp(other.data(), O_CLOEXEC));  // 0600
    if (file.fd() < 0) fail_with_errno(path, "can't be made");
    const std::string text = "viewer " + fresh_token() + "\noperator " + fresh_token() + "\n";
    const bool written =
        ::write(file.fd(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file.fd()) == 0;
    const bool linked = written && (::link(other.c_str(), path.c_str()) == 0 || errno == EEXIST);
    const int error = errno;
    ::unlink(other.c_str());
    errno = error;
    if (!linked) fail_with_errno(path, "can't be written");
}

void make_folder(const std::string& path)
{
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (folder.empty() || std::filesystem::exists(folder)) return;
    std::error_code ec;
    // Those that are missing above it may be for all, as others make them; ours is not.
    std::filesystem::create_directories(folder.parent_path(), ec);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        fail_with_errno(path, "has no folder, and it can't be made");
    }
}

}  // namespace

std::string default_token_file(std::string_view socket_path)
{
    if (!socket_path.empty()) return std::string(socket_path) + ".monitor";
    const char* state = std::getenv("XDG_STATE_HOME");
    if (state != nullptr && *state == '/') {
        return std::string(state) + "/penstock/monitor.tokens";
    }
    const char* home = std::getenv("HOME");
    if (home != nullptr && *home == '/') {
        return std::string(home) + "/.local/state/penstock/monitor.tokens";
    }
    throw std::runtime_error(
        "nobody says where the monitor's tokens are to lie: neither XDG_STATE_HOME nor HOME is "
        "set; "
        "name a file with --monitor-token-file");
}

Tokens load_tokens(const std::string& path)
{
    make_folder(path);
    if (auto tokens = read_tokens(path)) return *std::move(tokens);
    make_file(path);
    if (auto tokens = read_tokens(path)) return *std::move(tokens);
    fail(path, "was removed as it was made; start again");
}

void fill_with_secret(std::span<std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::getrandom(bytes.data(), bytes.size(), 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

}  // namespace penstock::bridge
