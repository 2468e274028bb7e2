// docs/protocol.md is what others implement: its examples are the frames that are tested here.
#include "tests/support/hex.hpp"
#include "tests/support/wire_samples.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace penstock::wire {
namespace {

/// Each example begins with a length and a header in this form and goes on in indented lines.
bool begins_example(const std::string& line)
{
    constexpr std::string_view digits = "0123456789abcdef";
    return line.size() == 36 && line.find_first_not_of("0123456789abcdef ") == std::string::npos &&
           digits.find(line[0]) != std::string_view::npos && line[8] == ' ' && line[11] == ' ';
}

std::vector<std::string> examples()
{
    std::ifstream document(PENSTOCK_PROTOCOL_DOCUMENT);
    std::vector<std::string> found;
    bool inside = false;
    for (std::string line; std::getline(document, line);) {
        if (begins_example(line)) {
            found.push_back(line);
            inside = true;
        } else if (inside && line.starts_with("    ")) {
            found.back() += line;
        } else {
            inside = false;
        }
    }
    return found;
}

TEST(ProtocolDocument, EveryExampleIsATestedFrameAndEveryTypeHasOne)
{
    std::set<std::string> samples;
    for (const Sample& sample : all_samples())
        samples.insert(support::to_hex(support::from_hex(sample.hex)));
    std::set<std::string> types;
    for (const std::string& example : examples()) {
        EXPECT_TRUE(samples.contains(support::to_hex(support::from_hex(example)))) << example;
        types.insert(example.substr(9, 2));
    }
    EXPECT_EQ(types.size(), std::variant_size_v<Message>);
}

}  // namespace
}  // namespace penstock::wire
