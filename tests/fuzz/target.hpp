// A fuzz target is one file that defines run_one(). fuzzer.cpp drives it with libFuzzer's inputs,
// replay.cpp with files.
#pragma once

#include <cstddef>
#include <span>

namespace penstock::fuzz {

/// Runs the target once, and ends the process when something is wrong. What one run does depends on
/// `input` alone.
void run_one(std::span<const std::byte> input);

}  // namespace penstock::fuzz
