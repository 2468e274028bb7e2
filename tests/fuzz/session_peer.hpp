// SessionPeer: one connection of the session target. Sends what it is told to, in pieces, and looks
// at everything that the engine answers.
#pragma once

#include "common/base/id_ranges.hpp"
#include "common/wire/frame_decoder.hpp"
#include "server/session/engine.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/session_requests.hpp"

#include <cstddef>
#include <map>
#include <span>

namespace penstock::fuzz {

/// What all peers of an engine have said.
struct Traffic {
    std::size_t sent = 0;
    /// Somebody said what no client of ours would, so items may hold anything.
    bool rude = false;
};

class SessionPeer {
public:
    SessionPeer(session::Engine& engine,
                Traffic& traffic,
                session::PeerInfo info,
                base::TimePoint now);

    void send_hello(Choices& choices, base::TimePoint now);
    /// A frame, whole or changed; it may go out in part only, until the next one.
    void send_request(Choices& choices, base::TimePoint now);
    void send_noise(Choices& choices, base::TimePoint now);
    /// Reads up to `size` bytes of what the engine has for it.
    void read(std::size_t size);
    /// What the shell does as soon as the engine has run: false when the connection is closed.
    [[nodiscard]] bool keep(base::TimePoint now);
    void cut(base::TimePoint now);

private:
    void queue(const SessionRequests::Request& request);
    void is_rude() { rude_ = traffic_.rude = true; }
    void deliver(std::size_t size, base::TimePoint now);
    void drain();
    void on_frame(const base::Slice& payload);
    void on_native(const wire::Frame& frame);
    void on_item(const wire::Frame& frame, const wire::Item& item);
    void on_data(const wire::Frame& frame, const wire::Data& data);
    void check_item(const base::Rope& body, std::size_t item_size, std::size_t offset) const;
    void on_answer(const wire::Header& header);

    /// An item of which the rest is to come in DATA.
    struct Arriving {
        std::size_t size = 0;
        std::size_t arrived = 0;
    };

    session::Engine& engine_;
    Traffic& traffic_;
    session::PeerId id_;
    SessionRequests requests_;
    base::Bytes unsent_;
    wire::FrameDecoder decoder_{wire::frame_payload_max};
    bool welcomed_ = false;
    bool farewell_ = false;
    bool rude_ = false;
    bool gave_back_ = false;
    base::IdRanges answered_;
    std::map<wire::OpId, Arriving> arriving_;
};

}  // namespace penstock::fuzz
