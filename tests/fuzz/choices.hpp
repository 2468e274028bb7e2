// Choices: the fuzzer's bytes, read one by one as decisions. Behind their end every choice is the
// first one, so that each input means something.
#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/byte_io.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace penstock::fuzz {

class Choices {
public:
    explicit Choices(std::span<const std::byte> input) : reader_(input) {}

    [[nodiscard]] bool more() const { return reader_.left() > 0; }
    [[nodiscard]] std::uint8_t byte() { return reader_.u8(); }
    [[nodiscard]] std::uint64_t number() { return reader_.u64(); }
    [[nodiscard]] bool flag() { return (byte() & 1) != 0; }
    /// 0 to n - 1; n is at most 65,536.
    [[nodiscard]] std::size_t below(std::size_t n)
    {
        return (n <= 256 ? reader_.u8() : reader_.u16()) % n;
    }
    template <class T>
    [[nodiscard]] T one_of(std::initializer_list<T> all)
    {
        return all.begin()[below(all.size())];
    }
    /// As many as the next byte says, if they are there.
    [[nodiscard]] std::span<const std::byte> bytes() { return bytes(byte()); }
    [[nodiscard]] std::span<const std::byte> bytes(std::size_t size_max)
    {
        return reader_.bytes(std::min(size_max, reader_.left()));
    }

private:
    wire::Reader reader_;
};

}  // namespace penstock::fuzz
