// Courier: asks the broker in a thread of its own, so that a screen never waits for a network.
#pragma once

#include "client/cli/flag.hpp"
#include "client/cli/reading.hpp"

#include <penstock/client.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace penstock::cli {

/// Whether it is asked for connections, too.
enum class Scope : std::uint8_t { queues, queues_and_connections };

/// All that has changed. Throws `Error`.
[[nodiscard]] Reading read(const Client& client, const Since& since, Scope scope);

class Courier {
public:
    /// What came back: a reading, or what went wrong.
    struct Answer {
        std::optional<Reading> reading;
        std::string why;
    };

    /// `connect` makes a new session, in the thread, where there is none any more.
    Courier(Client client, std::function<Client()> connect, Scope scope);
    /// Ends the session; waits for what is under way, which is no longer than connecting takes.
    ~Courier();
    Courier(const Courier&) = delete;
    Courier& operator=(const Courier&) = delete;

    /// One at a time: not before the last answer was taken.
    void ask(const Since& since);
    /// Readable when there is an answer.
    [[nodiscard]] int descriptor() const { return answered_.descriptor(); }
    [[nodiscard]] std::optional<Answer> take();

private:
    void run();
    [[nodiscard]] Answer answer(const Since& since);

    std::function<Client()> connect_;
    const Scope scope_;
    Flag answered_;
    std::condition_variable change_;
    std::mutex mutex_;
    Client client_;  // the thread may use it without the mutex, and nobody else may replace it
    bool connected_ = true;
    bool ending_ = false;
    std::optional<Since> question_;
    std::optional<Answer> answer_;
    std::thread thread_;
};

}  // namespace penstock::cli
