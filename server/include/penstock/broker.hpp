// Broker: a broker inside your process. Belongs to libpenstock-broker, a static library.
#pragma once

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace penstock {

/// An option of `penstockd`, by the name of its flag, without the dashes, and a value as it is
/// written there: `{"memory-max", "64MiB"}`. See penstockd(8).
struct BrokerOption {
    std::string_view name;
    std::string_view value;
};

/// An option is unknown or its value makes no sense, or an address can't be opened. The text says
/// which, and what would be right.
class BrokerError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A broker of your own: it runs on a thread of its own from the constructor to the destructor.
/// Python: `multiprocessing.Manager()`, which is a process of its own.
///
///     penstock::Broker broker;
///     penstock::Client client = penstock::connect(broker.address());
///
/// Without a `listen` among the options it is private: a Unix socket in a new folder that only this
/// user may enter, and that goes with the broker. Clients of other processes of the user come in by
/// `address()`, which is what PENSTOCK_URL is for. The environment and configuration files of
/// `penstockd` mean nothing to it. It handles no signals, changes no limit of the process, and
/// writes errors to stderr, and more with `{"log-level", "info"}`.
///
/// If your program may crash, and its queues shall not go with it, start one beside it instead:
/// `penstockd --run -- your-program`.
///
/// \par Errors   The constructor throws BrokerError, and std::system_error when there can be no
///               thread.
/// \par Threads  `address()` and `addresses()` from any thread, also while others use the broker;
///               `stop()` and the destructor from one at a time.
/// \par fork     In a child there is no broker: `stop()` and the destructor do nothing there. The
///               broker's thread has descriptors of its own, so a child holds none of its sockets,
///               unless the system forbids that (unshare(2)).
class Broker {
public:
    Broker();
    explicit Broker(std::initializer_list<BrokerOption> options);
    explicit Broker(const std::vector<BrokerOption>& options);
    /// `stop()`.
    ~Broker();
    Broker(Broker&& other) noexcept;
    Broker& operator=(Broker&& other) noexcept;

    /// The first one: `unix:/tmp/penstock.Ab12Cd/penstock.sock`. Of a broker that was moved from:
    /// empty.
    [[nodiscard]] const std::string& address() const noexcept;
    /// All, as they are: with the port where 0 was asked for.
    [[nodiscard]] const std::vector<std::string>& addresses() const noexcept;

    /// Says goodbye to its clients, gives them the time of `drain-timeout` to take what they were
    /// answered, and ends. What is in the queues is gone. Idempotent. Don't call it from a thread
    /// that a client's answer waits for.
    void stop() noexcept;

private:
    class Running;
    std::unique_ptr<Running> running_;
};

}  // namespace penstock
