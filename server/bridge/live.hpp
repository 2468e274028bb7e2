// Live: the live protocol with one browser. Does no I/O and knows no clock.
#pragma once

#include "server/bridge/access.hpp"
#include "server/bridge/commands.hpp"
#include "server/bridge/limits.hpp"
#include "server/bridge/messages.hpp"
#include "server/bridge/state.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::bridge {

/// Why the WebSocket is closed: RFC 6455's codes, and ours from 4000 on.
enum class CloseCode : std::uint16_t {
    going_away = 1001,
    policy = 1008,
    bad_message = 4002,
    slow = 4003,
    too_many = 4004,
    bad_protocol = 4005,
};

struct Bye {
    CloseCode code{};
    std::string why;
    milliseconds retry{};
};

/// What a browser has in hand is one frame, and the next state comes once that is drawn
/// (acknowledged): so a slow one gets fewer and larger ones, and costs no more. Its driver takes a
/// frame with `next` when no other is being written, and calls again at `next_deadline()`, and when
/// the state is newer.
class Live {
public:
    Live(State& state, Role role, std::string server, TimePoint now)
        : state_(state), role_(role), server_(std::move(server)), began_(now), spoke_(now)
    {}
    Live(const Live&) = delete;
    Live& operator=(const Live&) = delete;

    /// A text message of the browser's.
    void receive(std::string_view text, TimePoint now);
    /// Ends it. The first reason counts.
    void end(CloseCode code, std::string why, milliseconds retry);
    /// What a command came to; `take_commands` gave it.
    void reply(const Reply& reply);
    [[nodiscard]] std::vector<Command> take_commands() { return std::exchange(commands_, {}); }

    /// Empty: nothing now. After the frame of a farewell nothing comes any more.
    [[nodiscard]] Frame next(TimePoint now);
    /// Set once the farewell was given: close the WebSocket with it, when that is written.
    [[nodiscard]] const std::optional<Bye>& closing() const { return closing_; }
    /// Of a frame that is still being written: whether it has been for so long that nobody reads
    /// it. No farewell gets through then.
    [[nodiscard]] bool stuck(TimePoint now) const { return spoke_ + acknowledge_time_max <= now; }
    [[nodiscard]] TimePoint next_deadline() const;

    /// How often it wants to be told; absent: it has not said hello yet.
    [[nodiscard]] std::optional<milliseconds> tick() const
    {
        return greeted_ ? std::optional(tick_) : std::nullopt;
    }

private:
    struct View {
        ViewSpec spec;
        PagePointer page;  // what the browser has; null: nothing
    };

    void take(const Hello& hello);
    void take(const ViewChange& change);
    void take(const Acknowledgement& acknowledgement);
    void take(const Pace& pace);
    void take(const Command& command);
    void take(const Ping& ping);
    void take(const BadMessage& message);

    [[nodiscard]] bool may_speak(TimePoint now);
    void queue_text(std::string text);
    void welcome();
    void resume(const Hello& hello);
    [[nodiscard]] bool change_view(const ViewChange& change);
    [[nodiscard]] bool slow(TimePoint now) const;
    [[nodiscard]] bool state_is_due(TimePoint now) const;
    [[nodiscard]] milliseconds heartbeat() const;
    [[nodiscard]] Frame state_frame(TimePoint now);
    [[nodiscard]] Frame snapshot();
    [[nodiscard]] Frame delta();
    [[nodiscard]] std::string heartbeat_text();

    State& state_;
    const Role role_;
    const std::string server_;  // the members of "server" in the welcome
    const TimePoint began_;
    TimePoint spoke_;  // when it was given the last frame

    bool greeted_ = false;
    milliseconds tick_ = tick_default;
    std::map<std::string, View> views_;
    std::string boot_;       // of what it has
    std::uint64_t has_ = 0;  // the version that it has, or is being sent; 0: none
    bool urgent_ = false;    // a view has changed: don't wait for the next tick
    bool wants_history_ = true;
    std::uint64_t away_told_ = 0;
    std::optional<TimePoint> unacknowledged_;  // since when
    TimePoint sent_state_{};
    TimePoint heartbeat_at_{};

    double allowance_ = messages_per_second_max;
    TimePoint counted_{};
    std::size_t under_way_ = 0;
    std::vector<Command> commands_;
    std::deque<std::string> texts_;
    std::optional<std::int64_t> pong_;
    std::optional<Bye> bye_;
    std::optional<Bye> closing_;
};

}  // namespace penstock::bridge
