// Session: the client's side of one connection to a broker. Sans-IO: a driver moves the bytes, says
// what time it is, and wakes those whose calls are answered.
// Invariant: a call has an id exactly if its first frame is in the output.
#pragma once

#include "client/src/protocol/admission.hpp"
#include "client/src/protocol/call.hpp"
#include "common/base/byte_queue.hpp"
#include "common/base/bytes.hpp"
#include "common/base/id_ranges.hpp"
#include "common/base/time.hpp"
#include "common/wire/frame_decoder.hpp"
#include "common/wire/handshake.hpp"
#include "common/wire/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

namespace penstock::protocol {

/// So many bytes of output are made ahead of the socket; the rest of a long put is pulled as they
/// drain, so that a small call never stands behind a whole long one.
inline constexpr std::size_t output_ahead_max = 256 * 1024;
/// No answer to OPEN, READ or ADMIN is longer.
inline constexpr std::uint32_t result_size_max = 64u * 1024 * 1024;

/// PINGs of the broker that wait for room in the output; more are not meant well.
inline constexpr std::size_t pings_unanswered_max = 64;

struct SessionOptions {
    base::Bytes key;                 // empty: none
    bool require_challenge = false;  // with a key on TCP
    wire::Nonce nonce{};             // fresh random bytes
    wire::Hello hello;
};

class Session {
public:
    enum class Stage { handshake, welcome, live, closing, ended };

    /// `mac` must outlive this.
    Session(wire::Mac& mac, SessionOptions options);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Bytes.

    /// Room for the next read; then say how many bytes came.
    [[nodiscard]] std::span<std::byte> recv_buffer() { return decoder_.recv_buffer(); }
    void recv_advance(std::size_t size);
    /// Puts into the output what may go out now.
    void fill_output(base::TimePoint now);
    [[nodiscard]] const base::ByteQueue& output() const { return output_; }
    void output_written(std::size_t size);
    /// Positions in the stream: flushed is what was in the output when output_written() has passed.
    [[nodiscard]] std::uint64_t output_end() const { return written_ + output_.size(); }
    [[nodiscard]] std::uint64_t output_begin() const { return written_; }
    /// The connection is gone.
    void connection_ended(std::string_view text);

    /// The session's name at the broker, from the welcome on.
    [[nodiscard]] const wire::SessionToken& token() const { return token_; }

    [[nodiscard]] Stage stage() const { return stage_; }
    /// Why it ended; no error after a goodbye of ours.
    [[nodiscard]] const std::error_code& end_code() const { return end_code_; }
    [[nodiscard]] const std::string& end_text() const { return end_text_; }
    /// What the broker said when it ended the session; empty if it was not the broker, or silent.
    [[nodiscard]] const std::string& farewell() const { return farewell_; }

    // Calls.

    [[nodiscard]] wire::HandleId new_handle() { return ++last_handle_; }
    /// What the broker lets a client have under way.
    [[nodiscard]] const wire::Grants& grants() const { return admission_.grants(); }
    /// Before the welcome calls wait; after the end they are answered at once.
    [[nodiscard]] CallId start(Request request, base::TimePoint deadline);
    [[nodiscard]] bool answered(CallId id) const;
    /// The answer as it is, not handed over.
    [[nodiscard]] const Answer& look_at(CallId id) const { return calls_.at(id).answer; }
    /// The answer, once. An item is handed over by this: its acknowledgement goes out next.
    [[nodiscard]] Answer take(CallId id);
    /// Nobody waits for `id` any more: cancel it. An item that was or will be assigned returns.
    void abandon(CallId id);
    /// abandon(), and what its caller is told: what is known of it, and for the rest `why`; without
    /// a reason that the answer did not come in time.
    [[nodiscard]] Answer give_up(CallId id, std::error_code why = {});
    /// It need not be done: its answer is errc::cancelled, unless the broker has another one.
    void cancel(CallId id);
    /// Nobody waits for `id`, but it shall be done.
    void forget(CallId id);
    /// The deadline of a call that was never written has passed: a PUT that the grants held back
    /// because earlier ones found no room is full itself.
    void deadline_passed(CallId id);
    /// When the broker's answer is due; the caller's own deadline while not all of it is written.
    [[nodiscard]] base::TimePoint due(CallId id) const;
    [[nodiscard]] bool waiting(CallId id) const;
    /// There are calls that were not written yet: perhaps for want of acknowledgements.
    [[nodiscard]] bool any_waiting() const { return !waiting_.empty(); }
    [[nodiscard]] const Request& request(CallId id) const { return calls_.at(id).request; }
    /// Those answered since the last call of this, to be woken.
    [[nodiscard]] std::vector<CallId> take_answered();
    /// The OPENs with whose results sockets came, in the order of these, since the last call of
    /// this; 0 for one that nobody wants any more.
    [[nodiscard]] std::vector<CallId> take_passed() { return std::exchange(passed_, {}); }
    /// Whether there may be more of them: an OPEN of a pipe is without an answer, though perhaps
    /// nobody waits for it. Linear in the calls under way.
    [[nodiscard]] bool awaits_passed() const;

    /// Acknowledge, say goodbye; ended when the broker says BYE.
    void goodbye();

private:
    using CallEntry = std::unordered_map<CallId, Call>::iterator;

    // Input.
    void on_payload(const base::Slice& payload);
    void on_handshake(std::span<const std::byte> payload);
    void on_greeting(const wire::Frame& frame);
    void on_frame(const wire::Frame& frame);
    void on(const wire::Header& header, const wire::Goodbye& message);
    void on(const wire::Header& header, const wire::Bye& message);
    void on(const wire::Header& header, const wire::Ping& message);
    void on(const wire::Header& header, const wire::Pong& message);
    void on(const wire::Header& header, const wire::Notice& message);
    void on(const wire::Header& header, const wire::Data& message);
    void on(const wire::Header& header, const wire::Result& message);
    void on(const wire::Header& header, const wire::Item& message);
    void on_result(wire::OpId op, const wire::Result& message);
    void on_member(CallId id, Call& call, wire::OpId op, std::error_code ec);
    template <class T>
    void on(const wire::Header& header, const T& message);
    [[nodiscard]] bool was_given(wire::OpId op) const;
    [[nodiscard]] CallEntry find(wire::OpId op);
    void violation(std::string_view text);
    /// What becomes of items that are here and were not handed over yet.
    enum class Held { return_to_broker, stay };
    void end(std::error_code ec, std::string_view text, Held held = Held::return_to_broker);

    // Calls.
    void hold(CallId id, Call& call);
    void resolve(CallId id, Call& call);
    void answer(CallId id, Call& call, std::error_code ec);
    void close_calls(wire::HandleId handle);
    [[nodiscard]] std::uint64_t object_of(wire::HandleId handle) const;

    // Output.
    void append_payload(std::span<const std::byte> payload);
    void write_acks();
    void write_cancels_and_pongs();
    [[nodiscard]] bool write_next_call(base::TimePoint now);
    [[nodiscard]] bool write_next_part(base::TimePoint now);
    void write_call(CallId id, Call& call, base::TimePoint now);
    void after_part(CallId id, Call& call, base::TimePoint now);

    SessionOptions options_;
    wire::ClientHandshake handshake_;
    wire::FrameDecoder decoder_;
    Stage stage_ = Stage::handshake;
    wire::SessionToken token_{};
    std::error_code end_code_;
    std::string end_text_;
    std::string farewell_;

    base::ByteQueue output_;
    std::uint64_t written_ = 0;
    base::IdRanges acks_;
    struct Cancelling {
        wire::OpRange range;
        bool give_back = true;  // also what was done already
    };
    std::vector<Cancelling> cancels_;
    std::vector<std::uint64_t> pongs_;
    bool goodbye_wanted_ = false;

    std::unordered_map<CallId, Call> calls_;
    std::map<wire::OpId, CallId> by_op_;  // sent, held and abandoned ones, by their first op
    std::deque<CallId> waiting_;          // in the order of start()
    std::deque<CallId> sending_;          // PUTs with parts to come, taking turns
    std::vector<CallId> answered_;
    std::vector<CallId> passed_;
    CallId last_call_ = 0;
    CallId ping_ = 0;
    wire::OpId last_op_ = 0;
    wire::OpId last_read_ = 0;
    wire::HandleId last_handle_ = 0;
    std::unordered_map<wire::HandleId, std::uint64_t> objects_;
    Admission admission_;
};

}  // namespace penstock::protocol
