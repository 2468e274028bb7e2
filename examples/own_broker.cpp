#include "examples/own_broker.hpp"

#include "examples/process.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <random>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <system_error>
#include <unistd.h>

namespace examples {

namespace {

std::string find_penstockd()
{
    std::error_code ignored;
    const auto here = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const auto& place : {here / "penstockd", here.parent_path() / "server/penstockd"}) {
        if (::access(place.c_str(), X_OK) == 0) return place;
    }
    return "penstockd";
}

/// penstockd says so on stdout once an address is open.
constexpr std::string_view listening = "listening ";
constexpr int start_ms_max = 10'000;

std::string read_line(int from)
{
    std::string line;
    char c = 0;
    pollfd readable{from, POLLIN, 0};
    while (::poll(&readable, 1, start_ms_max) == 1 && ::read(from, &c, 1) == 1 && c != '\n') {
        line += c;
    }
    return line;
}

/// This process becomes penstockd. Comes back only to say why not.
[[noreturn]] void become(const std::vector<std::string>& command, int out, const std::string& log)
{
    // However the example ends, its broker ends too.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int error = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (error < 0) throw std::system_error(errno, std::generic_category(), log);
    const int complaints = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(error, STDERR_FILENO);
    std::vector<const char*> words;
    for (const std::string& word : command) words.push_back(word.c_str());
    words.push_back(nullptr);
    ::execvp(words[0], const_cast<char* const*>(words.data()));
    ::dup2(complaints, STDERR_FILENO);
    throw std::system_error(errno,
                            std::generic_category(),
                            command[0] + " (say where it is with --penstockd or PENSTOCKD)");
}

}  // namespace

KeyFolder::KeyFolder() : path_(std::filesystem::temp_directory_path() / "penstock-key.XXXXXX")
{
    if (::mkdtemp(path_.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), path_);
    }
    std::ofstream file(key_file());
    std::filesystem::permissions(key_file(), std::filesystem::perms::owner_read);
    std::random_device random;  // the kernel's: as /dev/urandom
    for (int i = 0; i < 8; ++i) file << std::hex << random() << ' ';
    if (!file.flush()) throw std::runtime_error("cannot write " + key_file());
}

KeyFolder::~KeyFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

OwnBroker::OwnBroker(const std::string& program,
                     const std::vector<std::string>& options,
                     const std::string& log,
                     const std::function<void()>& prepare)
{
    std::vector<std::string> command = options;
    command.insert(command.begin(), program.empty() ? find_penstockd() : program);
    std::array<int, 2> out{};
    if (::pipe2(out.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe");
    }
    pid_ = start([&] {
        prepare();
        become(command, out[1], log);
    });
    ::close(out[1]);
    const auto listens = std::count(options.begin(), options.end(), "--listen");
    for (auto i = listens; i > 0; --i) {
        const std::string line = read_line(out[0]);
        if (!line.starts_with(listening)) {
            throw std::runtime_error("the broker did not start (--log FILE keeps what it says)");
        }
        urls_.push_back(line.substr(listening.size()));
    }
    ::close(out[0]);
}

OwnBroker::~OwnBroker()
{
    ::kill(pid_, SIGTERM);
    (void)ended_well(pid_);
}

}  // namespace examples
