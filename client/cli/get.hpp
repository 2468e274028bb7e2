// penstock get: items out of a queue, to stdout, to files or to a command.
#pragma once

#include "client/cli/verb.hpp"

#include <cstdint>

namespace penstock::cli {

class Get : public Verb {
public:
    Get(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    enum class Format { raw, json, hex };

    void check_options();
    /// Writes the item, or ends the process: see get.cpp.
    void deliver(const Item<Bytes>& item) const noexcept;
    /// Gives the item to the command and says that it is done, or ends the process as above.
    void process(JoinableQueue<Bytes>& queue, const Item<Bytes>& item) const;
    void write(const Item<Bytes>& item) const;
    void write_json_of(const Item<Bytes>& item, const std::string& file) const;
    [[nodiscard]] std::string save(const Item<Bytes>& item) const;
    [[nodiscard]] std::string file_name_of(const Item<Bytes>& item) const;

    std::string queue_name_;
    std::optional<std::int64_t> count_;
    std::optional<std::string> format_name_;
    std::optional<std::string> folder_;
    std::optional<std::string> command_;
    Format format_ = Format::raw;
    bool lines_ = false;
    bool follow_ = false;
    bool no_progress_ = false;
};

}  // namespace penstock::cli
