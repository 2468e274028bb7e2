// WaitGraph: who waits for whom, from the rows of the queues: a session waits at a queue, which
// needs other sessions to get from it or put into it.
#pragma once

#include "server/bridge/mirror.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace penstock::bridge {

/// What those who wait at a queue for one thing need.
struct WaitPlace {
    const QueueRow* queue = nullptr;
    WaitKind kind{};
    auto operator<=>(const WaitPlace&) const = default;
};

/// Waits that are over in a moment are left out: in a busy queue somebody always waits.
class WaitGraph {
public:
    explicit WaitGraph(const Mirror& mirror);

    /// Where somebody has waited for long, the places of most waits first.
    [[nodiscard]] const std::vector<WaitPlace>& places() const { return places_; }
    /// Nobody who could end the waits there is free to do so: each waits himself, and in vain; or
    /// there is nobody.
    [[nodiscard]] bool stuck(const WaitPlace& place) const;
    /// Those who could end the waits at `place`. Absent: not known.
    [[nodiscard]] std::optional<std::vector<std::uint64_t>> helpers(const WaitPlace& place) const;
    /// Where the session waits, most hopeless first. Empty: it doesn't.
    [[nodiscard]] std::vector<WaitPlace> waits_of(std::uint64_t session) const;

    [[nodiscard]] static std::uint64_t operations(const WaitPlace& place);
    /// When the first of them began.
    [[nodiscard]] static Duration since(const WaitPlace& place);

private:
    struct Hash {
        std::size_t operator()(const WaitPlace& place) const noexcept
        {
            return std::hash<const void*>()(place.queue) * 4 + static_cast<std::size_t>(place.kind);
        }
    };

    void add(const QueueRow& row, WaitKind kind, Duration settled);
    [[nodiscard]] bool helpless(const WaitPlace& place) const;
    void find_stuck();

    std::vector<WaitPlace> places_;
    std::unordered_map<std::uint64_t, std::vector<WaitPlace>> waits_;  // by session
    std::unordered_set<WaitPlace, Hash> stuck_;
};

}  // namespace penstock::bridge
