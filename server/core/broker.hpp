// All objects of one broker by name and by number, and their deadlines. Pure, like everything here.
#pragma once

#include "server/core/change_log.hpp"
#include "server/core/commons.hpp"
#include "server/core/memory.hpp"
#include "server/core/pipe.hpp"
#include "server/core/queue.hpp"
#include "server/core/types.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace penstock::core {

inline constexpr std::uint64_t pipe_bytes_max_default = std::uint64_t{1024} * 1024;

enum class Mode : std::uint8_t { or_create, existing, fresh };

struct OpenSpec {
    std::string_view name;  // valid (common/base/names)
    Mode mode = Mode::or_create;
    // Compared with an existing queue only when given.
    std::optional<Order> order{};           // FIFO when new
    std::optional<std::int64_t> maxsize{};  // <= 0: unbounded
    std::optional<bool> until_task_done{};
    std::optional<bool> ends_with_producers{};
    std::optional<std::int32_t> producers_expected{};
    std::optional<bool> ends_with_consumers{};
    bool for_producer = false;  // answers closed when nothing can be put any more
    std::uint64_t owner = 0;    // the new queue remembers it; a number of the caller's
    bool may_create = true;     // false: a limit of the caller's; answers too_many
};

struct PipeSpec {
    std::string_view name;  // valid
    bool may_create = true;
};

struct OpenResult {
    Outcome outcome = Outcome::ok;  // or not_found, exists, options_differ, closed, too_many
    ObjectId object = 0;
    bool created = false;
    std::int64_t maxsize = 0;  // as it is; 0: unbounded
};

struct MoveResult {
    Outcome outcome = Outcome::ok;  // or not_found, shut_down, closed: as of a put there
    std::uint64_t moved = 0;
};

/// All queues together.
struct BrokerStats {
    std::uint64_t queues = 0;
    std::uint64_t ready = 0;
    std::uint64_t ready_bytes = 0;
    std::uint64_t assigned = 0;
    std::uint64_t putters = 0;  // operations that wait
    std::uint64_t getters = 0;
    std::uint64_t joiners = 0;
    std::uint64_t put_total = 0;  // also of queues that were removed since
    std::uint64_t get_total = 0;
    std::uint64_t paused = 0;  // queues
};

class Broker {
public:
    static constexpr std::uint64_t no_memory_max = std::numeric_limits<std::uint64_t>::max();

    explicit Broker(std::uint64_t memory_max = no_memory_max);
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    /// The time of the turn that begins: what happens in it happens then.
    void set_now(TimePoint now) { commons_.now = now; }

    OpenResult open(const OpenSpec& spec);
    /// Queue::get for one operation at several queues, each named once: it is served by the first
    /// of them that has something ready, else by whichever has so first. It ends when all have
    /// ended, with the end of the last, or when one of them is removed. Empty is answered only if
    /// nothing was ready in all of them at one moment of the call.
    void get_any(Ticket op,
                 std::span<const ObjectId> objects,
                 GetCredit& credit,
                 TimePoint deadline,
                 Completions& out,
                 std::uint32_t max = 1);
    /// Lines of pipes, too. Null when it was removed.
    [[nodiscard]] Queue* find(ObjectId object);
    [[nodiscard]] Queue* find(std::string_view name);
    /// Opens an end of a pipe: waits at its name until the other end is opened, too, and then
    /// answers ok to both, with the pipe as the object; else timed_out, end_taken, options_differ
    /// (there is a queue of that name), too_many. Returns the pipe; 0 if it was refused at once.
    ObjectId open_pipe(const PipeParty& party,
                       const PipeSpec& spec,
                       TimePoint deadline,
                       Completions& out);
    /// Gives up the open that waits there; nothing if it was answered.
    void cancel_open(ObjectId pipe, Outcome why, Completions& out);
    /// Its party has gone: the other gets what is there, and then the end.
    void close_end(ObjectId pipe, End end, Completions& out);
    /// A pipe whose parties can't be given descriptors after all; before anybody uses it.
    void relay(Pipe& pipe);
    [[nodiscard]] Pipe* find_pipe(ObjectId object);
    [[nodiscard]] std::size_t pipes() const { return pipes_.size(); }
    /// Whose pipes are gone since the last call: one entry a pipe.
    [[nodiscard]] std::vector<std::uint64_t> take_gone_owners()
    {
        return std::exchange(gone_owners_, {});
    }
    /// Bytes in a line of a pipe above which puts wait; for those that are opened later.
    void set_pipe_bytes_max(std::uint64_t max) { pipe_bytes_max_ = max; }

    /// Queue::move_to between two queues that aren't the same.
    MoveResult move(std::string_view from,
                    std::string_view to,
                    std::uint64_t most,
                    Completions& out);
    /// Returns how many ready items it dropped; empty: no such queue.
    std::optional<std::uint64_t> remove(std::string_view name, Completions& out);
    [[nodiscard]] std::size_t objects() const { return queues_.size(); }
    /// At most `limit` queues in the order of their names, behind `after`.
    [[nodiscard]] std::vector<QueueStats> list(std::string_view after, std::size_t limit) const;
    /// Linear in the number of queues.
    [[nodiscard]] BrokerStats stats() const;

    /// Lets puts in that waited for memory, while there is some. Call it when a turn is over: what
    /// it took out may have made room.
    void serve_memory(Completions& out);
    [[nodiscard]] const Memory& memory() const { return commons_.memory; }
    void set_memory_max(std::uint64_t max) { commons_.memory.set_max(max); }

    /// By their numbers, which find() and find_pipe() know. Lines of pipes are parts of the pipes.
    [[nodiscard]] ChangeLog& queue_changes() { return commons_.queue_changes; }
    [[nodiscard]] ChangeLog& pipe_changes() { return commons_.pipe_changes; }
    /// How long operations took from when the core had them to their answer, since it began.
    [[nodiscard]] const OperationTimes& put_times() const { return commons_.put_times; }
    [[nodiscard]] const OperationTimes& get_times() const { return commons_.get_times; }
    [[nodiscard]] const OperationTimes& join_times() const { return commons_.join_times; }

    /// Ends what has waited up to its deadline, in the order of the deadlines.
    void expire(TimePoint now, Completions& out);
    [[nodiscard]] std::optional<TimePoint> next_deadline() const;

    /// Linear; for tests.
    void check_invariants() const;

private:
    void meet(Pipe& pipe, const PipeParty& second, Answers& answers);
    void drop(Pipe& pipe, Completions& out);

    ObjectId last_object_ = 0;
    std::uint64_t pipe_bytes_max_ = pipe_bytes_max_default;
    std::vector<std::uint64_t> gone_owners_;
    std::uint64_t removed_put_total_ = 0;  // of queues that are gone
    std::uint64_t removed_get_total_ = 0;
    Commons commons_;  // outlives the queues, which take their entries out
    std::map<std::string, std::unique_ptr<Queue>, std::less<>> queues_;
    std::map<std::string, std::unique_ptr<Pipe>, std::less<>> pipes_;
    std::unordered_map<ObjectId, Pipe*> pipes_by_id_;
    std::unordered_map<ObjectId, Queue*> queues_by_id_;
};

}  // namespace penstock::core
