#include "client/src/io/process.hpp"

#include <atomic>
#include <cstddef>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace penstock::io {

namespace {

using Number = std::atomic<std::uint64_t>;
static_assert(Number::is_always_lock_free);

/// In the wiped page; 0 in a child until it asks.
constinit std::atomic<Number*> own_number = nullptr;
/// The highest that was given in this process and those that it comes from.
constinit Number last_number = 0;
/// Where there is no such page.
constinit Number fallback = 0;
constinit std::atomic<ProcessBound*> kept = nullptr;

Number* map_number() noexcept
{
    const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    void* page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return &fallback;
    // Without it (before Linux 4.14) there is still forget_process_number().
    (void)::madvise(page, size, MADV_WIPEONFORK);
    return new (page) Number(0);
}

Number& find_number() noexcept
{
    Number* number = own_number.load(std::memory_order_acquire);
    if (number != nullptr) return *number;
    Number* mapped = map_number();
    // A thread that was faster has mapped it, too: one page is all that is lost.
    if (own_number.compare_exchange_strong(number, mapped)) return *mapped;
    return *number;
}

}  // namespace

std::uint64_t process_number() noexcept
{
    Number& number = find_number();
    const std::uint64_t known = number.load(std::memory_order_relaxed);
    if (known != 0) return known;
    std::uint64_t none = 0;
    const std::uint64_t fresh = last_number.fetch_add(1) + 1;
    return number.compare_exchange_strong(none, fresh) ? fresh : none;
}

void forget_process_number() noexcept
{
    find_number().store(0);
}

void ProcessBound::keep() noexcept
{
    next_kept_ = kept.load();
    while (!kept.compare_exchange_weak(next_kept_, this)) {
    }
}

}  // namespace penstock::io
