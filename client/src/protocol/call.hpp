// What a user's call is while it is under way: its request, its state, and the answer it gets.
//
//     waiting (no id) -> sent -> done                 answered without an item
//                          `---> held -> (taken)      an item is here, not yet handed over
//     sent, held -> abandoned                         nobody waits; it stays until the broker knows
#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "common/wire/messages.hpp"

#include <penstock/error.hpp>

#include <cstdint>
#include <system_error>
#include <variant>
#include <vector>

namespace penstock::protocol {

/// The client's own number of a call; never on the wire.
using CallId = std::uint64_t;

using Request = std::variant<wire::Open,
                             wire::Close,
                             wire::Put,
                             wire::Get,
                             wire::TaskDone,
                             wire::Join,
                             wire::Shutdown,
                             wire::Admin,
                             wire::Read,
                             wire::Ping>;

/// Counts by the id sequence, and its answer is kept by the broker until it is acknowledged.
[[nodiscard]] bool is_kept(const Request& request);
/// The broker may keep it waiting, so calling it off is worth a CANCEL.
[[nodiscard]] bool may_wait(const Request& request);
/// If the connection ends between request and answer, nobody knows whether it took effect.
[[nodiscard]] bool is_doubtful(const Request& request);
/// The handle that it works on; 0 for none.
[[nodiscard]] wire::HandleId handle_of(const Request& request);
/// It works on the handle, and be it as one of several.
[[nodiscard]] bool uses(const Request& request, wire::HandleId handle);
/// Sets the time that the broker shall wait, where the request has one.
void set_timeout(Request& request, std::uint32_t timeout_ms);

/// How many operations it is: the items of a PUT, else 1.
[[nodiscard]] std::uint32_t ops_of(const Request& request);

struct GotItem {
    base::Rope body;
    std::uint64_t index = 0;  // among those of its GET, from 1
    std::uint64_t seq = 0;
    std::uint16_t attempts = 0;
    std::uint8_t content_type = 0;
};

struct Answer {
    std::error_code ec;                  // of a PUT of several: the first failure's
    base::Rope body;                     // OPEN, READ, ADMIN
    std::vector<std::error_code> codes;  // PUT of several: one an item
    std::vector<GotItem> items;          // GET
    wire::OpId op = 0;                   // GET
    std::uint16_t which = 0;             // GET: the one of its handles that was served
    bool ack_now = false;                // its ACK must not wait for another request
};

/// What becomes of an item that the broker wants acknowledged at once (`ack_now`).
enum class Acknowledge : std::uint8_t {
    when_told,
    with_next_call,  // its user says when it is done, and may end before
};

/// One that no broker gave.
[[nodiscard]] inline Answer failed(std::error_code ec)
{
    Answer answer;
    answer.ec = ec;
    return answer;
}

/// The code of a PUT's item that the broker has not answered.
inline constexpr errc unanswered = errc::in_doubt;

enum class CallState { waiting, sent, done, held, abandoned };

struct Call {
    Request request;
    base::TimePoint deadline{};  // the user's
    CallState state = CallState::waiting;
    wire::OpId op = 0;  // the first of its operations
    std::uint32_t n = 1;
    std::uint32_t unresolved = 1;  // of its operations
    std::uint64_t object = 0;      // PUT: what it counts against
    std::size_t body_written = 0;  // PUT: bytes of the body that are in the output
    base::TimePoint due{};         // when the broker's answer is due; once wholly written
    bool wholly_written = false;
    bool forgotten = false;          // nobody will take the answer
    bool result_begun = false;       // RESULT is here, its body perhaps not all of it
    std::uint64_t body_missing = 0;  // bytes that DATA has yet to bring, of the body or last item
    bool items_ended = false;        // GET: no further ITEM comes
    Answer answer;                   // also collects the parts of the body
};

}  // namespace penstock::protocol
