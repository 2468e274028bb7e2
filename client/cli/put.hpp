// penstock put: stdin, an argument or lines, into a queue.
#pragma once

#include "client/cli/verb.hpp"

#include <cstdint>

namespace penstock::cli {

class Put : public Verb {
public:
    Put(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    void check_options() const;
    /// Whether DATA was given and is not "-".
    [[nodiscard]] bool has_argument() const;

    template <Codable T>
    void put(Queue<T>& queue, const T& item);
    void put_all();

    std::string queue_name_;
    std::string data_;
    CLI::Option* data_option_ = nullptr;
    CLI::Option* count_option_ = nullptr;
    std::uint64_t count_ = 1;
    std::uint64_t put_count_ = 0;
    bool lines_ = false;
};

}  // namespace penstock::cli
