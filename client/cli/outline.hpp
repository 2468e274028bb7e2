// What the program understands, as plain values: for what is made from it, such as completion.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace penstock::cli {

struct OptionOutline {
    std::vector<std::string> names;  // "-q", "--quiet"
    std::string placeholder;         // of its value: "N", "TIME"; empty: a flag
    std::string help;                // the first line
};

struct VerbOutline {
    std::string name;
    std::string purpose;
    std::vector<OptionOutline> options;
    std::vector<std::string> arguments;  // their names: "QUEUE", "DATA"
    bool repeats = false;                // the last of them may be given several times
};

struct Outline {
    std::vector<OptionOutline> options;  // of the program itself
    std::vector<VerbOutline> verbs;      // but for hidden ones
};

[[nodiscard]] Outline outline_of(const CLI::App& app);

}  // namespace penstock::cli
