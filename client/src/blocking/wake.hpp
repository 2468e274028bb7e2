// Wake: a descriptor that becomes readable, and stays so, when somebody says it. It is made when
// somebody first waits for it, and belongs to one process: a child makes one of its own.
#pragma once

#include <atomic>
#include <cstdint>

namespace penstock::blocking {

class Wake {
public:
    Wake() = default;
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;
    ~Wake();

    /// -1: the system has none left; errno says why. After this, look whether what it tells of has
    /// happened already.
    [[nodiscard]] int descriptor();
    void wake();

private:
    /// The process in the upper half, the descriptor's number + 1 in the lower; 0: none.
    std::atomic<std::uint64_t> state_ = 0;
};

}  // namespace penstock::blocking
