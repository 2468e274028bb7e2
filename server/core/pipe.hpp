// One named pipe: two parties meet at its name, and what each sends lies in a line of its own until
// the other takes it. Python's `multiprocessing.Pipe`, for those who can't inherit one.
// Invariant: it waits for the second party, or both have come; it is over when both have gone.
#pragma once

#include "server/core/change_log.hpp"
#include "server/core/commons.hpp"
#include "server/core/deadlines.hpp"
#include "server/core/queue.hpp"
#include "server/core/types.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace penstock::core {

/// Who opens an end, and how.
struct PipeParty {
    End end = End::left;
    Ticket op;  // n = 1
    /// It can be handed a descriptor, and then needs no line here.
    bool takes_descriptor = false;
    std::uint32_t uid = no_uid;  // of its process; for the other side to know
    /// A number of the caller's; the first party's is the owner of the pipe and its lines.
    std::uint64_t user = 0;
};

class Pipe {
public:
    /// Its lines have the numbers `id + 1` (what the left end sends) and `id + 2`.
    Pipe(ObjectId id, std::string name, const PipeParty& first, Commons& commons);
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    /// The second party is here. Both can take a descriptor: that is what they are to be given,
    /// unless somebody calls relay().
    void pair(const PipeParty& second);
    /// What is sent goes through lines of the broker.
    void relay(std::uint64_t bytes_max);
    /// The end sends no more (producer): the other gets what is there, then end-of-file. Or it
    /// receives no more (consumer): what is there is dropped, and the other can't send. Idempotent.
    void leave(End end, Party role, Completions& out);
    /// Returns whether it was the last to go. What it sent stays for the other.
    [[nodiscard]] bool close(End end, Completions& out);

    [[nodiscard]] ObjectId id() const { return id_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] TimePoint created() const { return created_; }
    [[nodiscard]] std::uint64_t owner() const { return first().user; }
    [[nodiscard]] bool paired() const { return paired_; }
    [[nodiscard]] bool passes_descriptors() const { return !lines_[0].queue; }
    [[nodiscard]] const PipeParty& first() const { return parties_[0]; }
    /// The session at that end; 0 if nobody is there, not yet or no more.
    [[nodiscard]] SessionId session(End end) const;
    /// Once paired: who has that end.
    [[nodiscard]] const PipeParty& party(End end) const;
    /// The lines that the end sends to and receives from; null where there are none.
    [[nodiscard]] Queue* sends_to(End end) { return line_from(end).queue.get(); }
    [[nodiscard]] const Queue* sends_to(End end) const
    {
        return lines_[end == End::left ? 0 : 1].queue.get();
    }
    [[nodiscard]] Queue* receives_from(End end) { return sends_to(other(end)); }
    [[nodiscard]] static End other(End end) { return end == End::left ? End::right : End::left; }

    Deadlines::Handle deadline;  // of the first party's wait

private:
    Commons& commons_;
    ChangeLog::Row row_;
    const ObjectId id_;
    const std::string name_;
    const TimePoint created_;
    std::array<PipeParty, 2> parties_;
    bool paired_ = false;
    std::array<bool, 2> closed_{};  // left, right
    struct Line {
        std::unique_ptr<Queue> queue;
        bool has_producer = true;
        bool has_consumer = true;
    };
    [[nodiscard]] Line& line_from(End end) { return lines_[end == End::left ? 0 : 1]; }

    std::array<Line, 2> lines_;
};

}  // namespace penstock::core
