// penstock put: stdin, an argument, a file or lines, into a queue.
#pragma once

#include "client/cli/verb.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace penstock::cli {

class Putter;
class Progress;
class Pace;

class Put : public Verb {
public:
    Put(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    void check_options();
    /// Whether DATA was given and is not "-".
    [[nodiscard]] bool has_argument() const;
    [[nodiscard]] bool reads_stdin() const;

    /// The one item; lines come one by one.
    [[nodiscard]] Bytes item() const;
    void put_all();
    void put_lines(Putter& putter, Pace* pace, Progress& progress);
    void put(Putter& putter, std::span<const std::byte> item, Pace* pace, Progress& progress);

    std::string queue_name_;
    std::optional<std::string> data_;
    std::optional<std::string> file_;
    std::optional<std::string> size_text_;
    std::optional<std::uint64_t> size_;
    std::optional<std::int64_t> count_;
    std::optional<std::string> rate_;
    std::optional<Priority> priority_;
    std::optional<std::string> type_name_;
    std::uint64_t put_count_ = 0;
    double per_second_ = 0;  // 0: as fast as it goes
    ContentType type_ = ContentType::bytes;
    bool lines_ = false;
    bool no_progress_ = false;
};

}  // namespace penstock::cli
