// SharedArray: memory that a test shares with the processes that it forks; all zero at first.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <sys/mman.h>
#include <type_traits>

namespace penstock::support {

/// What a killed process wrote last is still there. Several at once use atomics.
template <class T>
class SharedArray {
    static_assert(std::is_trivially_destructible_v<T>);

public:
    explicit SharedArray(std::size_t count) : count_(count)
    {
        place_ = ::mmap(nullptr, size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (place_ == MAP_FAILED) throw std::runtime_error("mmap");
    }
    SharedArray(const SharedArray&) = delete;
    SharedArray& operator=(const SharedArray&) = delete;
    ~SharedArray() { ::munmap(place_, size()); }

    [[nodiscard]] std::span<T> all() const { return {static_cast<T*>(place_), count_}; }
    [[nodiscard]] T& operator[](std::size_t i) const { return all()[i]; }

private:
    [[nodiscard]] std::size_t size() const { return count_ * sizeof(T); }

    std::size_t count_;
    void* place_;
};

}  // namespace penstock::support
