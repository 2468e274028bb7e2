// The entry that libFuzzer calls.
#include "tests/fuzz/target.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    penstock::fuzz::run_one(std::as_bytes(std::span(data, size)));
    return 0;
}
