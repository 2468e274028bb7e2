// UseCount: how many calls use an object that another thread may close. Whoever is the last to go
// gives back what the calls stood on.
//
// It knows the child of a fork: calls of other threads of the parent are not there to end. What
// they were in the middle of is torn, and all that can be done with it is to close it.
// Invariant: after close() nobody enters.
#pragma once

#include "client/src/io/process.hpp"

#include <atomic>
#include <cstdint>

namespace penstock::blocking {

class UseCount {
public:
    enum class Entry : std::uint8_t { entered, closed, torn };

    [[nodiscard]] Entry enter()
    {
        std::uint64_t state = state_.load();
        while (true) {
            const std::uint64_t here = in_this_process(state);
            if ((here & closed_bit) != 0) return Entry::closed;
            if ((here & torn_bit) != 0) return Entry::torn;
            if (state_.compare_exchange_weak(state, here + 1)) return Entry::entered;
        }
    }

    /// True for the last one after close().
    [[nodiscard]] bool leave()
    {
        const std::uint64_t left = state_.fetch_sub(1) - 1;
        return (left & closed_bit) != 0 && (left & users_mask) == 0;
    }

    enum class Close : std::uint8_t { done, in_use, again };
    /// `done`: nobody uses it, and nobody will.
    [[nodiscard]] Close close()
    {
        std::uint64_t state = state_.load();
        while (true) {
            const std::uint64_t here = in_this_process(state);
            if ((here & closed_bit) != 0) return Close::again;
            if (!state_.compare_exchange_weak(state, here | closed_bit)) continue;
            return (here & users_mask) == 0 ? Close::done : Close::in_use;
        }
    }

    [[nodiscard]] bool closed() const { return (state_.load() & closed_bit) != 0; }
    [[nodiscard]] bool torn() const { return (in_this_process(state_.load()) & torn_bit) != 0; }

private:
    static constexpr std::uint64_t users_mask = 0xffff'ffff >> 2;
    static constexpr std::uint64_t closed_bit = users_mask + 1;
    static constexpr std::uint64_t torn_bit = closed_bit << 1;

    [[nodiscard]] static std::uint64_t in_this_process(std::uint64_t state)
    {
        const std::uint64_t process = io::process_number() << 32;
        if ((state & ~std::uint64_t{0xffff'ffff}) == process) return state;
        const std::uint64_t torn = (state & users_mask) != 0 ? torn_bit : 0;
        return process | (state & (closed_bit | torn_bit)) | torn;
    }

    /// The process, then the bits, then the users.
    std::atomic<std::uint64_t> state_ = io::process_number() << 32;
};

}  // namespace penstock::blocking
