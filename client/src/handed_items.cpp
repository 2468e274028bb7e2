#include "client/src/handed_items.hpp"

namespace penstock {

void HandedItems::add(std::thread::id thread, const detail::ItemToken& token)
{
    const std::lock_guard lock(mutex_);
    if (by_age_.size() >= handed_items_max) erase(by_age_.begin());
    const std::uint64_t age = ++last_age_;
    by_age_.emplace(age, Entry{thread, token});
    ages_by_thread_[thread].insert(age);
    age_by_item_.emplace(std::pair(token.op, token.index), age);
}

detail::ItemToken HandedItems::take_oldest(std::thread::id thread)
{
    const std::lock_guard lock(mutex_);
    const auto ages = ages_by_thread_.find(thread);
    if (ages == ages_by_thread_.end()) return {};
    const auto at = by_age_.find(*ages->second.begin());
    const detail::ItemToken token = at->second.token;
    erase(at);
    return token;
}

void HandedItems::remove(const detail::ItemToken& token)
{
    const std::lock_guard lock(mutex_);
    const auto age = age_by_item_.find({token.op, token.index});
    if (age != age_by_item_.end()) erase(by_age_.find(age->second));
}

void HandedItems::erase(std::map<std::uint64_t, Entry>::iterator at)
{
    const auto ages = ages_by_thread_.find(at->second.thread);
    ages->second.erase(at->first);
    // Threads come and go: one without items leaves nothing behind.
    if (ages->second.empty()) ages_by_thread_.erase(ages);
    age_by_item_.erase({at->second.token.op, at->second.token.index});
    by_age_.erase(at);
}

}  // namespace penstock
