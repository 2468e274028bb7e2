// HandedItems: which unfinished items a handle handed to which thread, for task_done() without an
// item. Bounded: the oldest are forgotten.
#pragma once

#include <penstock/item.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

namespace penstock {

inline constexpr std::size_t handed_items_max = 65'536;

class HandedItems {
public:
    void add(std::thread::id thread, const detail::ItemToken& token);
    /// The oldest one of `thread`, which is forgotten by this; a token that names none if there is
    /// none.
    [[nodiscard]] detail::ItemToken take_oldest(std::thread::id thread);
    /// `token` is finished by its name: task_done() must not find it again.
    void remove(const detail::ItemToken& token);

private:
    struct Entry {
        std::thread::id thread;
        detail::ItemToken token;
    };

    void erase(std::map<std::uint64_t, Entry>::iterator at);

    std::mutex mutex_;
    std::map<std::uint64_t, Entry> by_age_;
    std::unordered_map<std::thread::id, std::set<std::uint64_t>> ages_by_thread_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> age_by_item_;  // op, index
    std::uint64_t last_age_ = 0;
};

}  // namespace penstock
