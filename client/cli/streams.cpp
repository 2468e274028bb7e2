#include "client/cli/streams.hpp"

#include "client/cli/exit_code.hpp"
#include "client/cli/text.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace penstock::cli {

namespace {

constexpr std::size_t chunk_size = std::size_t{64} * 1024;

std::string text_of(int error)
{
    return std::generic_category().message(error);
}

/// Waits until a stream that somebody made non-blocking can go on.
void wait_for(int fd, short events) noexcept
{
    pollfd entry{fd, events, 0};
    (void)::poll(&entry, 1, -1);  // interrupted or not: the caller tries again
}

/// 0, or the error.
int write_all(int fd, std::span<const std::byte> bytes) noexcept
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            wait_for(fd, POLLOUT);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

/// How many bytes came; 0 at the end of the input.
std::size_t read_some(int fd, std::span<std::byte> buffer, const std::string& name)
{
    while (true) {
        const ssize_t count = ::read(fd, buffer.data(), buffer.size());
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            wait_for(fd, POLLIN);
        } else if (errno != EINTR) {
            throw Failure(ExitCode::internal, "cannot read " + name + ": " + text_of(errno));
        }
    }
}

[[noreturn]] void throw_too_large(const std::string& name)
{
    throw Failure(ExitCode::limit,
                  name + " has an item of more than " + std::to_string(item_size_max) +
                      " bytes; put it in several items (--lines: one a line)");
}

}  // namespace

void protect_streams() noexcept
{
    (void)std::signal(SIGPIPE, SIG_IGN);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest free number is `fd`. The wrong direction keeps reads and writes failing.
        (void)::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

void write_out(std::span<const std::byte> bytes)
{
    const int error = write_all(STDOUT_FILENO, bytes);
    if (error != 0) throw Failure(ExitCode::internal, "cannot write to stdout: " + text_of(error));
}

void write_out(std::string_view text)
{
    write_out(std::as_bytes(std::span(text)));
}

void complain(std::string_view text) noexcept
{
    try {
        const std::string line = "penstock: " + printable(text) + "\n";
        (void)write_all(STDERR_FILENO, std::as_bytes(std::span(line)));  // nowhere else to go
    } catch (const std::bad_alloc&) {
        // The exit code says it too.
    }
}

bool stdin_is_terminal() noexcept
{
    return ::isatty(STDIN_FILENO) != 0;
}

bool stdout_is_terminal() noexcept
{
    return ::isatty(STDOUT_FILENO) != 0;
}

bool stderr_is_terminal() noexcept
{
    return ::isatty(STDERR_FILENO) != 0;
}

bool stdout_has_reader_for(std::chrono::milliseconds time) noexcept
{
    pollfd entry{STDOUT_FILENO, 0, 0};  // what is asked for by nobody: the other side's end
    return ::poll(&entry, 1, static_cast<int>(time.count())) <= 0;
}

void draw(std::string_view text) noexcept
{
    (void)write_all(STDERR_FILENO, std::as_bytes(std::span(text)));  // nobody needs it
}

bool can_ask() noexcept
{
    return stdin_is_terminal() && stderr_is_terminal();
}

bool ask(std::string_view question)
{
    const std::string text = printable(question) + " [y/N] ";
    (void)write_all(STDERR_FILENO, std::as_bytes(std::span(text)));
    const std::optional<std::string> answer = LineReader().next();
    return answer && (*answer == "y" || *answer == "yes");
}

namespace {

Bytes read_to_end(int fd, const std::string& name)
{
    Bytes result;
    std::size_t size = 0;
    while (true) {
        if (result.size() - size < chunk_size) result.resize(result.size() * 2 + chunk_size);
        const std::size_t count = read_some(fd, std::span(result).subspan(size), name);
        size += count;
        if (size > item_size_max) throw_too_large(name);
        if (count > 0) continue;
        result.resize(size);
        return result;
    }
}

/// A descriptor that is closed at the end.
class File {
public:
    File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
    ~File()
    {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
    [[nodiscard]] int get() const { return fd_; }
    /// 0, or the error: some file systems write only now.
    [[nodiscard]] int close() { return ::close(std::exchange(fd_, -1)) == 0 ? 0 : errno; }

private:
    int fd_;
};

/// "DIR/.NAME.PID.part": invisible, and nobody else's.
std::string part_of(const std::string& path)
{
    const std::size_t name = path.rfind('/') + 1;
    return path.substr(0, name) + "." + path.substr(name) + "." + std::to_string(::getpid()) +
           ".part";
}

}  // namespace

Bytes read_all()
{
    return read_to_end(STDIN_FILENO, "stdin");
}

Bytes read_file(const std::string& path)
{
    const File file(path, O_RDONLY | O_NOCTTY);
    if (!file.is_open()) {
        throw Failure(ExitCode::usage, "cannot open '" + path + "': " + text_of(errno));
    }
    struct stat status {};
    if (::fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
        throw Failure(ExitCode::usage, "cannot read '" + path + "': " + text_of(EISDIR));
    }
    return read_to_end(file.get(), "'" + path + "'");
}

bool write_new_file(const std::string& path, std::span<const std::byte> bytes)
{
    const std::string part = part_of(path);
    (void)::unlink(part.c_str());  // of a process with our number, which is gone
    int error = 0;
    {
        File file(part, O_WRONLY | O_CREAT | O_EXCL);
        if (!file.is_open()) {
            throw Failure(ExitCode::internal, "cannot write '" + part + "': " + text_of(errno));
        }
        error = write_all(file.get(), bytes);
        const int closing = file.close();
        if (error == 0) error = closing;
    }
    if (error == 0 &&
        ::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) {
        return true;
    }
    if (error == 0) error = errno;
    (void)::unlink(part.c_str());
    if (error == EEXIST) return false;
    throw Failure(ExitCode::internal, "cannot write '" + path + "': " + text_of(error));
}

bool wait_for_stdin(int stop)
{
    std::array<pollfd, 2> fds{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
    while (::poll(fds.data(), fds.size(), -1) < 0) {
        if (errno != EINTR) throw Failure(ExitCode::internal, "cannot wait: " + text_of(errno));
    }
    return fds[0].revents != 0 || fds[1].revents == 0;
}

Bytes read_chunk()
{
    Bytes chunk(chunk_size);
    chunk.resize(read_some(STDIN_FILENO, chunk, "stdin"));
    return chunk;
}

void LineReader::read_more()
{
    chunk_.resize(chunk_size);
    position_ = 0;
    chunk_.resize(read_some(STDIN_FILENO, std::as_writable_bytes(std::span(chunk_)), "stdin"));
    ended_ = chunk_.empty();
}

std::optional<std::string> LineReader::next(int stop)
{
    while (true) {
        if (position_ == chunk_.size()) {
            if (stop >= 0 && !wait_for_stdin(stop)) return std::nullopt;
            read_more();
            if (ended_ && line_.empty()) return std::nullopt;
            if (ended_) return std::exchange(line_, {});
        }
        const std::size_t newline = chunk_.find('\n', position_);
        const std::size_t end = newline == std::string::npos ? chunk_.size() : newline;
        line_.append(chunk_, position_, end - position_);
        if (line_.size() > item_size_max) throw_too_large("stdin");
        position_ = newline == std::string::npos ? end : newline + 1;
        if (newline != std::string::npos) return std::exchange(line_, {});
    }
}

}  // namespace penstock::cli
