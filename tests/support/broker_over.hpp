// BrokerOver: a broker on either kind of socket, with a queue "q" to look at.
#pragma once

#include "tests/support/daemon.hpp"
#include "tests/support/temporary_folder.hpp"

#include <penstock/penstock.hpp>

#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace penstock::support {

/// Far more than any call should need, so that a test that hangs says where.
inline constexpr std::chrono::seconds patience{20};
inline constexpr std::chrono::milliseconds look_again{5};

enum class Over { unix_socket, tcp };

class BrokerOver {
protected:
    explicit BrokerOver(Over over) : key_file_(folder_.write_key())
    {
        if (over == Over::tcp) {
            daemon_ = std::make_unique<Daemon>("tcp:127.0.0.1:0",
                                               std::vector<std::string>{"--key-file", key_file_});
        } else {
            daemon_ = std::make_unique<Daemon>("unix:" + folder_.path() + "/s");
        }
    }

    [[nodiscard]] penstock::Client connect() const
    {
        return penstock::connect(daemon_->address(), {.timeout = patience, .key_file = key_file_});
    }

    /// Looks until the queue's figures are so.
    template <class Condition>
    void wait_for(penstock::Client& client, Condition condition) const
    {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!condition(client.admin().stat("q"))) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "waited in vain";
            std::this_thread::sleep_for(look_again);
        }
    }

    static void kill(pid_t pid)
    {
        ASSERT_EQ(::kill(pid, SIGKILL), 0);
        ASSERT_EQ(exit_code_of(pid), -SIGKILL);
    }

    const TemporaryFolder folder_;
    const std::string key_file_;
    std::unique_ptr<Daemon> daemon_;
};

}  // namespace penstock::support
