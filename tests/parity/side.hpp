// What our sides share: the lines that they are told, and how they answer.
#pragma once

#include <penstock/duration.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace parity {

constexpr unsigned life_seconds_max = 60;  // whoever is left behind ends by itself
constexpr std::size_t big_size = 1 << 20;

// A call that this kind of object doesn't have: a program that makes it isn't compiled.
inline const std::string no_call = "no call";
inline const std::string does_not_compile = "does not compile";

/// "put 2 timeout=0 priority=1"
class Line {
public:
    explicit Line(const std::string& text)
    {
        std::istringstream stream(text);
        stream >> verb;
        for (std::string word; stream >> word;) {
            const std::size_t equals = word.find('=');
            if (equals == std::string::npos) {
                words.push_back(word);
            } else {
                options_[word.substr(0, equals)] = word.substr(equals + 1);
            }
        }
    }

    [[nodiscard]] std::string item() const { return words.empty() ? std::string() : words[0]; }

    [[nodiscard]] std::optional<std::string> option(const std::string& name) const
    {
        const auto found = options_.find(name);
        if (found == options_.end()) return std::nullopt;
        return found->second;
    }

    [[nodiscard]] std::optional<long long> number(const std::string& name) const
    {
        const auto text = option(name);
        if (!text) return std::nullopt;
        return std::stoll(*text);
    }

    [[nodiscard]] std::optional<penstock::Duration> timeout() const
    {
        const auto text = option("timeout");
        if (!text) return std::nullopt;
        if (*text == "None") return penstock::forever;
        const std::chrono::duration<double> seconds(std::stod(*text));
        return std::chrono::duration_cast<penstock::Duration>(seconds);
    }

    std::string verb;
    std::vector<std::string> words;

private:
    std::map<std::string, std::string> options_;
};

inline std::string word_of(bool value)
{
    return value ? "True" : "False";
}

/// Signals come, but don't end the process.
inline void begin_life()
{
    ::alarm(life_seconds_max);
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGINT, &action, nullptr);
}

/// Answers each line on stdin with what `outcome` says of it, up to `exit`.
template <class Outcome>
void answer_lines(const std::string& name, Outcome outcome)
{
    std::cout << name << " " << ::getpid() << std::endl;
    for (std::string text; std::getline(std::cin, text) && text != "exit";) {
        std::cout << outcome(Line(text)) << std::endl;
    }
}

}  // namespace parity
