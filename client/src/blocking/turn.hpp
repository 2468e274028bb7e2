// Turn: a lock for calls that may take long: those that wait for it have deadlines.
// Invariant: who leaves after taken_ became false sees everybody who waits for that.
#pragma once

#include "common/base/time.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace penstock::blocking {

class Turn {
public:
    [[nodiscard]] bool try_take() { return !taken_.exchange(true); }

    /// False if it didn't come by `until`.
    [[nodiscard]] bool take(base::TimePoint until)
    {
        if (try_take()) return true;
        if (until == base::immediate) return false;
        std::unique_lock lock(mutex_);
        ++waiting_;
        const auto taken = [this] { return try_take(); };
        bool mine = true;
        if (until == base::no_deadline) {
            left_.wait(lock, taken);
        } else {
            mine = left_.wait_until(lock, until, taken);
        }
        --waiting_;
        return mine;
    }

    void leave()
    {
        taken_ = false;
        if (waiting_ == 0) return;
        {
            const std::lock_guard lock(mutex_);
        }
        left_.notify_all();
    }

private:
    std::atomic<bool> taken_ = false;
    std::atomic<int> waiting_ = 0;
    std::mutex mutex_;  // of left_ alone
    std::condition_variable left_;
};

}  // namespace penstock::blocking
