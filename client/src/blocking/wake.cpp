#include "client/src/blocking/wake.hpp"

#include "client/src/io/process.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

namespace penstock::blocking {

namespace {

int number_in(std::uint64_t state)
{
    return static_cast<int>(static_cast<std::uint32_t>(state)) - 1;
}

bool of_this_process(std::uint64_t state)
{
    return state != 0 && state >> 32 == static_cast<std::uint32_t>(io::process_number());
}

}  // namespace

Wake::~Wake()
{
    const std::uint64_t state = state_;
    if (state != 0) ::close(number_in(state));
}

int Wake::descriptor()
{
    std::uint64_t known = state_;
    if (of_this_process(known)) return number_in(known);
    const int fresh = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fresh < 0) return -1;
    const std::uint64_t state = io::process_number() << 32 | static_cast<std::uint32_t>(fresh + 1);
    if (!state_.compare_exchange_strong(known, state)) {
        // Another thread was faster.
        ::close(fresh);
        return number_in(known);
    }
    if (known != 0) ::close(number_in(known));  // the parent's
    return fresh;
}

void Wake::wake()
{
    const std::uint64_t state = state_;
    if (!of_this_process(state)) return;  // nobody here waits
    const std::uint64_t one = 1;
    (void)!::write(number_in(state), &one, sizeof(one));
}

}  // namespace penstock::blocking
