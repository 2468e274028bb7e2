// penstock::Broker: penstockd's server on a thread of a program.
#include "server/config/load.hpp"
#include "server/config/options.hpp"
#include "server/net/log.hpp"
#include "server/net/private_folder.hpp"
#include "server/net/server.hpp"
#include "server/net/service_manager.hpp"
#include "server/net/signals_blocked.hpp"
#include "server/net/unique_fd.hpp"

#include <penstock/broker.hpp>

#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <future>
#include <limits>
#include <optional>
#include <sched.h>
#include <sys/eventfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace penstock {

namespace {

config::Inputs inputs_of(const std::vector<BrokerOption>& options)
{
    config::Inputs inputs;
    inputs.use_environment = false;
    inputs.base.log.level = session::LogLevel::error;
    for (const BrokerOption& option : options) {
        if (config::is_of(config::Topic::monitor, option.name)) {
            throw config::ConfigError(std::string(option.name) +
                                      ": a broker inside a program serves no monitor; run "
                                      "penstockd, or penstock-bridge beside it");
        }
        config::add_value(inputs.flags,
                          config::Origin::flag,
                          "",
                          std::string(option.name),
                          std::string(option.value));
    }
    return inputs;
}

/// Gives this thread descriptors of its own: a child of the program inherits none of its sockets,
/// which would look alive there when the program has died. Keeps stderr and `fd`. Where the system
/// forbids it all stays as it is.
void leave_descriptors_of_process(int fd)
{
#if defined(__SANITIZE_THREAD__)
    (void)fd;  // it takes equal numbers of two tables for the same descriptor
#else
    if (::unshare(CLONE_FILES) != 0) return;
    const auto number = static_cast<unsigned>(fd);
    if (number > STDERR_FILENO + 1) ::close_range(STDERR_FILENO + 1, number - 1, 0);
    ::close_range(number + 1, std::numeric_limits<unsigned>::max(), 0);
    // Nobody shall take a socket for stdout.
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0) return;
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    ::close(nothing);
#endif
}

}  // namespace

class Broker::Running {
public:
    explicit Running(config::Inputs inputs) : stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    {
        if (!stop_) throw std::system_error(errno, std::generic_category(), "eventfd");
        if (!inputs.flags.contains("listen")) {
            folder_.emplace();
            inputs.flags["listen"] = {
                config::Origin::flag, "listen", {"unix:" + folder_->path() + "/penstock.sock"}};
        }
        config::Loaded loaded = config::load(inputs);
        net::check_addresses(loaded.config.server.listen, true);
        std::promise<Addresses> started;
        std::future<Addresses> addresses = started.get_future();
        {
            const net::SignalsBlocked blocked;
            thread_ =
                std::thread(&Running::serve, this, std::move(loaded.config), std::move(started));
        }
        try {
            addresses_ = addresses.get();
        } catch (...) {
            thread_.join();
            throw;
        }
    }
    ~Running()
    {
        (void)::eventfd_write(stop_.get(), 1);  // it can't fail: nobody else writes
        thread_.join();
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }
    [[nodiscard]] bool inherited() const { return process_ != ::getpid(); }

private:
    using Addresses = std::vector<std::string>;

    /// The thread.
    void serve(config::Config given, std::promise<Addresses> started) const
    {
        std::optional<net::Server> server;
        net::ServiceManager nobody{net::ServiceManager::Nobody()};
        net::Log log(false, given.log);
        try {
            leave_descriptors_of_process(stop_.get());
            given.server.host = net::Host::program;
            server.emplace(std::move(given.server), log, nobody);
            server->stop_when_readable(net::UniqueFd(::fcntl(stop_.get(), F_DUPFD_CLOEXEC, 0)));
            started.set_value(server->addresses());
        } catch (...) {
            started.set_exception(std::current_exception());
            return;
        }
        server->run();
    }

    const pid_t process_ = ::getpid();
    std::optional<net::TemporaryFolder> folder_;
    const net::UniqueFd stop_;
    Addresses addresses_;
    std::thread thread_;
};

Broker::Broker() : Broker(std::vector<BrokerOption>()) {}

Broker::Broker(std::initializer_list<BrokerOption> options)
    : Broker(std::vector<BrokerOption>(options))
{}

Broker::Broker(const std::vector<BrokerOption>& options)
try : running_(std::make_unique<Running>(inputs_of(options))) {
} catch (const std::system_error&) {
    throw;
} catch (const std::runtime_error& error) {
    throw BrokerError(std::string("penstock::Broker: ") + error.what());
}

Broker::~Broker()
{
    stop();
}

Broker::Broker(Broker&& other) noexcept = default;

Broker& Broker::operator=(Broker&& other) noexcept
{
    if (this != &other) {
        stop();
        running_ = std::move(other.running_);
    }
    return *this;
}

const std::vector<std::string>& Broker::addresses() const noexcept
{
    static const std::vector<std::string> none;
    return running_ ? running_->addresses() : none;
}

const std::string& Broker::address() const noexcept
{
    static const std::string none;
    return addresses().empty() ? none : addresses().front();
}

void Broker::stop() noexcept
{
    if (!running_) return;
    if (running_->inherited()) {
        (void)running_.release();  // the thread is not there, and the files are the parent's
    } else {
        running_.reset();
    }
}

}  // namespace penstock
