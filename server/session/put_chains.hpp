// PUTs that can't be applied yet: half-received ones, and whole ones behind them on the same
// object. One chain an object, in the order of the ids. docs/protocol.md, section 5, rule 1.
#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "server/session/op_table.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace penstock::session {

struct PendingPut {
    OpId op = 0;
    core::ObjectId object = 0;
    core::ItemSpec spec;
    std::uint32_t timeout_ms = 0;
    base::TimePoint deadline{};  // counts from the arrival of the last frame
    std::uint64_t missing = 0;   // bytes that have not arrived
    base::Rope payload;
    base::Bytes small_parts;  // goes behind `payload`

    /// Adds what has arrived. Small parts are copied together: a peer that sends byte by byte must
    /// not make each of them cost a slice, or keep a receive block alive.
    void arrived(const base::Rope& part);
    /// The whole item, when nothing is missing.
    [[nodiscard]] base::Rope take();
};

class PutChains {
public:
    [[nodiscard]] bool holds(core::ObjectId object) const { return chains_.contains(object); }
    /// Behind what is there; ids rise.
    void add(PendingPut put);
    /// The half-received or held PUT; null when there is none.
    [[nodiscard]] PendingPut* find(OpId op);
    void remove(OpId op);
    /// Takes the first of the chain if it is whole.
    [[nodiscard]] std::optional<PendingPut> take_whole(core::ObjectId object);

private:
    std::map<core::ObjectId, std::map<OpId, PendingPut>> chains_;
    std::map<OpId, core::ObjectId> objects_;
};

}  // namespace penstock::session
