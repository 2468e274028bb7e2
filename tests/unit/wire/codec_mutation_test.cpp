// Frames that were changed at random: the codec never crashes, never reads past the end (the
// sanitizers look), and what it accepts it would write the same way.
#include "common/wire/codec.hpp"
#include "common/wire/limits.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/wire_samples.hpp"

#include <chrono>
#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <random>
#include <string>
#include <variant>

namespace penstock::wire {
namespace {

using support::from_hex;
using support::to_hex;

constexpr auto time_max = std::chrono::seconds(1);

/// PENSTOCK_SEED repeats a run.
std::uint32_t seed_of_this_run()
{
    const char* given = std::getenv("PENSTOCK_SEED");
    const std::uint32_t seed = given != nullptr
                                   ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                                   : std::random_device{}();
    std::cout << "PENSTOCK_SEED=" << seed << '\n';
    return seed;
}

class Mutator {
public:
    explicit Mutator(std::uint32_t seed) : random_(seed) {}

    void mutate(base::Bytes& bytes)
    {
        for (auto left = 1 + random_() % 3; left > 0; --left) mutate_once(bytes);
    }
    std::size_t below(std::size_t size) { return random_() % size; }

private:
    void mutate_once(base::Bytes& bytes)
    {
        if (bytes.empty()) return bytes.push_back(std::byte{1});
        std::byte& byte = bytes[below(bytes.size())];
        switch (random_() % 6) {
            case 0:
                byte ^= static_cast<std::byte>(1 << random_() % 8);
                break;
            case 1:
                byte = static_cast<std::byte>(random_());
                break;
            case 2:
                byte = std::byte{0xff};
                break;
            case 3:
                bytes.resize(below(bytes.size()));
                break;
            case 4:
                bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size())),
                             byte);
                break;
            default:
                bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size())));
        }
    }

    std::mt19937 random_;
};

/// A frame says some things in more than one way: a field that holds what its absence means, an
/// unknown field. So encode twice: the second time must be like the first.
void expect_stable(const Frame& frame, Sender from)
{
    const base::Bytes once = encoded(frame.header, frame.message);
    const DecodedFrame again = decoded(once, from);
    ASSERT_TRUE(std::holds_alternative<Frame>(again)) << to_hex(once);
    const auto& same = std::get<Frame>(again);
    ASSERT_EQ(to_hex(encoded(same.header, same.message)), to_hex(once));
}

TEST(CodecMutation, NoChangedFrameDoesHarm)
{
    const std::uint32_t seed = seed_of_this_run();
    SCOPED_TRACE("PENSTOCK_SEED=" + std::to_string(seed));
    Mutator mutator(seed);
    const std::vector<Sample> samples = all_samples();
    const auto end = std::chrono::steady_clock::now() + time_max;
    std::size_t accepted = 0;
    while (std::chrono::steady_clock::now() < end) {
        const Sample& sample = samples[mutator.below(samples.size())];
        base::Bytes payload = from_hex(sample.hex);
        payload.erase(payload.begin(), payload.begin() + length_prefix_size);
        mutator.mutate(payload);
        const std::string before = to_hex(payload);
        const DecodedFrame result =
            decode_frame(base::Slice::adopt(std::move(payload)), sample.from);
        if (const auto* frame = std::get_if<Frame>(&result)) {
            ++accepted;
            expect_stable(*frame, sample.from);
            if (testing::Test::HasFatalFailure()) FAIL() << before;
        } else {
            ASSERT_FALSE(std::get<CodecError>(result).text.empty()) << before;
        }
    }
    EXPECT_GT(accepted, 0u);
}

}  // namespace
}  // namespace penstock::wire
