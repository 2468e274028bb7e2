// Mirror: the broker's rows, as far as the bridge has been told, each with a version of its own.
#pragma once

#include "server/bridge/limits.hpp"
#include "server/bridge/table.hpp"

#include <penstock/monitor.hpp>
#include <penstock/stats.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace penstock::bridge {

/// What the broker was asked in one go. `rows` is false where only its figures were.
struct Reading {
    bool rows = false;
    std::vector<Changes<QueueRow>> queues;  // pages, in order
    std::vector<Changes<PipeStat>> pipes;
    std::vector<Changes<ConnectionStat>> connections;
    Events events;
    BrokerStat broker;  // asked last, so its uptime is the latest
};

/// Who waits at which queue: one row for a session, a queue and what for.
struct WaitRow {
    std::uint64_t object = 0;
    std::string queue;
    WaitStat wait;
};

/// Whether a browser that comes back can go on where it was.
enum class Resume : std::uint8_t { delta, boot, horizon };

/// One version is one reading: all that is shown together is of the same one. Knows no clock:
/// moments are the broker's, and `start_ms` turns them into those of the calendar.
class Mirror {
public:
    /// `boot` tells this run from others; the bridge makes a new one for each run of the broker.
    explicit Mirror(std::string boot) : boot_(std::move(boot)) {}

    /// Takes a reading as the next version. `wall_ms` is the time of the calendar, asked just now;
    /// `fresh_boot` is for the case that the broker is not the one of before. True: it isn't, and
    /// all that was is gone.
    bool take(Reading reading, TimePoint now, std::int64_t wall_ms, std::string fresh_boot);

    [[nodiscard]] const std::string& boot() const { return boot_; }
    /// 0: nothing has been read yet.
    [[nodiscard]] std::uint64_t version() const { return version_; }
    /// The last reading had rows: they are as old as the figures.
    [[nodiscard]] bool rows_are_current() const { return rows_are_current_; }
    [[nodiscard]] Resume resume(std::string_view boot, std::uint64_t since) const;

    [[nodiscard]] std::int64_t start_ms() const { return start_ms_; }
    [[nodiscard]] std::int64_t moment_ms(Duration moment) const;
    [[nodiscard]] std::int64_t now_ms() const { return moment_ms(broker_.uptime); }

    [[nodiscard]] const BrokerStat& broker() const { return broker_; }
    [[nodiscard]] const Table<QueueRow>& queues() const { return queues_; }
    [[nodiscard]] const Table<PipeStat>& pipes() const { return pipes_; }
    [[nodiscard]] const Table<ConnectionStat>& connections() const { return connections_; }
    [[nodiscard]] const Table<WaitRow>& waits() const { return waits_; }
    /// The last ones, the oldest first; with the version in which each came.
    struct KeptEvent {
        Event event;
        std::uint64_t version = 0;
    };
    [[nodiscard]] const std::deque<KeptEvent>& events() const { return events_; }

    /// Null: there is no such session (any more).
    [[nodiscard]] const ConnectionStat* session(std::uint64_t number) const;
    [[nodiscard]] const QueueRow* queue_called(std::string_view name) const;
    /// What people call a session: what its client calls itself, and over TCP also where it is.
    [[nodiscard]] std::string name_of_session(std::uint64_t number) const;

private:
    using WaitKey = std::tuple<std::uint64_t, std::uint64_t, WaitKind>;  // queue, session

    void forget_all();
    void take_queues(std::vector<Changes<QueueRow>> pages, TimePoint now);
    void put_queue(QueueRow row, TimePoint now);
    void drop_queue(std::uint64_t id, TimePoint now);
    void take_waits(const QueueRow* before, const QueueRow& after, TimePoint now);
    void drop_waits(const QueueRow& row, TimePoint now);
    void take_connections(std::vector<Changes<ConnectionStat>> pages, TimePoint now);
    void drop_connection(std::uint64_t id, TimePoint now);
    void forget_session(const ConnectionStat& row);
    void take_pipes(std::vector<Changes<PipeStat>> pages, TimePoint now);
    void take_events(Events events);

    std::string boot_;
    std::uint64_t version_ = 0;
    bool rows_are_current_ = false;
    std::int64_t start_ms_ = 0;
    BrokerStat broker_;
    Table<QueueRow> queues_;
    Table<PipeStat> pipes_;
    Table<ConnectionStat> connections_;
    Table<WaitRow> waits_;
    std::map<WaitKey, std::uint64_t> wait_ids_;
    std::uint64_t last_wait_id_ = 0;
    std::unordered_map<std::uint64_t, std::uint64_t> connection_of_session_;
    std::map<std::string, std::uint64_t, std::less<>> queue_of_name_;
    std::deque<KeptEvent> events_;
};

}  // namespace penstock::bridge
