// State: all that browsers are told, as pieces of frames which they share.
#pragma once

#include "server/bridge/diagnosis.hpp"
#include "server/bridge/history.hpp"
#include "server/bridge/mirror.hpp"
#include "server/bridge/views.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace penstock::bridge {

/// One message to a browser. Its pieces are written one behind the other.
struct Frame {
    std::vector<Piece> pieces;
    [[nodiscard]] bool empty() const { return pieces.empty(); }
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] std::string text() const;
};

[[nodiscard]] Frame frame_of(std::string text);

class State {
public:
    explicit State(std::string boot) : mirror_(std::move(boot)), views_(mirror_) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    /// As `Mirror::take`.
    bool take(Reading reading, TimePoint now, std::int64_t wall_ms, std::string fresh_boot);
    /// Why there is no connection to the broker, in words; empty: there is one.
    void set_away(std::string text);
    [[nodiscard]] const std::string& away() const { return away_; }
    /// Goes up with each change of `away()`.
    [[nodiscard]] std::uint64_t away_changes() const { return away_changes_; }

    [[nodiscard]] const Mirror& mirror() const { return mirror_; }
    [[nodiscard]] Views& views() { return views_; }
    [[nodiscard]] const std::vector<Attention>& attention() const { return attention_; }

    /// `"ver":..,"now":..,"tot":{..},"attention":[..],"events":[..]`, of all that there is.
    [[nodiscard]] Piece whole_head();
    /// `"from":..,"ver":..,"now":..`, and of the others those that have changed since `from`.
    struct DeltaHead {
        Piece piece;
        bool changed = false;  // one of them has
    };
    [[nodiscard]] DeltaHead delta_head(std::uint64_t from);
    /// The message "hist".
    [[nodiscard]] Piece history();
    /// The message "snap" with the first rows of all kinds, or with one view: /api/v1/state.
    [[nodiscard]] std::string snapshot(const std::vector<ViewSpec>& specs);

    /// For Prometheus; queues over `queues_max` are added up.
    [[nodiscard]] std::string metrics(std::size_t queues_max) const;

private:
    void encode_totals();
    void encode_attention(std::vector<Attention> lines);
    void write_events(JsonText& out, std::uint64_t since) const;

    Mirror mirror_;
    Views views_;
    Diagnosis diagnosis_;
    History history_;
    std::vector<Attention> attention_;
    std::string totals_text_;
    std::string attention_text_ = "[]";
    std::uint64_t totals_changed_ = 0;
    std::uint64_t attention_changed_ = 0;
    std::chrono::system_clock::time_point read_at_;
    std::string away_;
    std::uint64_t away_changes_ = 0;
    // Of the version at hand.
    Piece whole_;
    Piece history_piece_;
    std::map<std::uint64_t, DeltaHead> deltas_;
};

/// How a view is called where there is one of each kind, and what stands in it.
[[nodiscard]] std::string_view name_of(Kind kind);

}  // namespace penstock::bridge
