// penstock create, ls, peek, tail, join, purge and rm: the queues themselves.
#pragma once

#include "client/cli/verb.hpp"

#include <cstdint>

namespace penstock::cli {

class Create : public Verb {
public:
    Create(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    std::string queue_name_;
    std::optional<std::int64_t> maxsize_;
    std::optional<std::string> order_name_;
    bool until_task_done_ = false;
    bool ends_with_producers_ = false;
    bool if_missing_ = false;
};

/// rm and purge: what they drop is gone, so they ask.
class Destroy : public Verb {
public:
    enum class Kind : std::uint8_t { remove, purge };

    Destroy(CLI::App& app, Globals& globals, Kind kind);
    [[nodiscard]] ExitCode run() override;

private:
    [[nodiscard]] std::string verb() const;
    /// "12 items of 'jobs'", "'jobs' with 12 items".
    [[nodiscard]] std::string what(std::uint64_t items) const;
    [[nodiscard]] bool agreed(std::uint64_t items) const;
    void report(std::uint64_t items, bool done) const;

    const Kind kind_;
    std::string queue_name_;
    bool yes_ = false;
    bool dry_run_ = false;
};

class List : public Verb {
public:
    List(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    void list_queues(const Admin& admin) const;
    void list_pipes(const Admin& admin) const;
    void list_connections(const Admin& admin, bool sessions) const;

    std::optional<std::string> what_;
};

class Peek : public Verb {
public:
    Peek(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    void print_table(const std::vector<PeekedItem>& items) const;
    void print_json(const std::vector<PeekedItem>& items) const;

    std::string queue_name_;
    std::uint64_t offset_ = 0;
    std::uint64_t limit_ = 10;
    std::uint64_t bytes_ = 60;
};

/// peek, again and again: items that are there, and those that come.
class Tail : public Verb {
public:
    Tail(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    void show(const std::vector<PeekedItem>& items,
              const std::vector<std::uint64_t>& missed_before) const;
    void follow(const Admin& admin) const;

    std::string queue_name_;
    std::uint64_t lines_ = 10;
    std::uint64_t bytes_ = 60;
};

class Join : public Verb {
public:
    Join(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    [[nodiscard]] bool wait(JoinableQueue<Bytes>& queue, const Admin& admin, bool watched) const;

    std::string queue_name_;
};

}  // namespace penstock::cli
