// What an option of penstockd is: one declaration serves the command line, the configuration file,
// --help, --print-config and --check-config. The table of them all is in options.cpp.
#pragma once

#include "common/base/units.hpp"
#include "server/config/config.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace penstock::config {

using Texts = std::vector<std::string>;
/// What is wrong with a value, to go behind its name. None: nothing.
using Problem = std::optional<std::string>;

/// How a value is written and where it goes.
struct Kind {
    std::string type;  // for the help: SIZE, TIME, FILE ...
    std::function<Problem(Config&, const Texts&)> set;
    /// In force; `set` reads it back as the same. Empty: none.
    std::function<Texts(const Config&)> get;
    bool repeatable = false;  // `set` gets all that were given, in their order
    bool is_switch = false;   // yes or no; on the command line its name alone is yes
};

enum class Topic : std::uint8_t { addresses, authentication, monitor, log, limits };
[[nodiscard]] std::string title(Topic topic);

/// May SIGHUP change it?
enum class Reload : std::uint8_t { yes, needs_restart };

struct Option {
    std::string name;  // the long option without its dashes, and the key in the file
    Kind kind;
    Topic topic = Topic::limits;
    Reload reload = Reload::yes;
    std::string help;
    std::string environment = {};  // a variable that may hold the value
};

// --- The kinds ----------------------------------------------------------------------------------
// `place` is a generic lambda from a Config to the member that holds the value:
//     [](auto& config) -> auto& { return config.server.drain_timeout; }

[[nodiscard]] Problem parse_count(const std::string& text,
                                  std::uint64_t min,
                                  std::uint64_t max,
                                  std::uint64_t& value);
[[nodiscard]] Problem parse_size(const std::string& text,
                                 std::uint64_t min,
                                 std::uint64_t max,
                                 std::uint64_t& value);
[[nodiscard]] Problem parse_time(const std::string& text,
                                 base::Duration min,
                                 base::Duration max,
                                 base::Duration& value);

template <class Place>
using Placed = std::remove_cvref_t<std::invoke_result_t<Place, Config&>>;

template <class Place>
[[nodiscard]] Kind number(
    std::string type,
    Placed<Place> min,
    Placed<Place> max,
    Place place,
    Problem (*parse)(const std::string&, std::uint64_t, std::uint64_t, std::uint64_t&),
    std::string (*text)(std::uint64_t))
{
    static_assert(std::unsigned_integral<Placed<Place>>);
    Kind kind;
    kind.type = std::move(type);
    kind.set = [=](Config& config, const Texts& texts) -> Problem {
        std::uint64_t value = 0;
        if (Problem problem = parse(texts.back(), min, max, value)) return problem;
        place(config) = static_cast<Placed<Place>>(value);
        return std::nullopt;
    };
    kind.get = [=](const Config& config) -> Texts { return {text(place(config))}; };
    return kind;
}

/// How many: a plain number.
template <class Place>
[[nodiscard]] Kind count(Placed<Place> min, Placed<Place> max, Place place)
{
    return number("COUNT", min, max, place, parse_count, [](std::uint64_t value) {
        return std::to_string(value);
    });
}

/// Bytes: 4096, 64KiB, 1MiB, 2GiB.
template <class Place>
[[nodiscard]] Kind size(Placed<Place> min, Placed<Place> max, Place place)
{
    return number("SIZE", min, max, place, parse_size, base::size_text);
}

/// A span of time: 250ms, 5s, 2m, 1h; a bare number is seconds.
template <class Place>
[[nodiscard]] Kind duration(base::Duration min, base::Duration max, Place place)
{
    Kind kind;
    kind.type = "TIME";
    kind.set = [=](Config& config, const Texts& texts) {
        return parse_time(texts.back(), min, max, place(config));
    };
    kind.get = [=](const Config& config) -> Texts { return {base::duration_text(place(config))}; };
    return kind;
}

/// One word of several.
template <class Place>
using Words = std::vector<std::pair<std::string, Placed<Place>>>;
[[nodiscard]] Problem not_one_of(const std::string& text, const Texts& words);
[[nodiscard]] std::string joined(const Texts& words, const std::string& between);

template <class Place>
[[nodiscard]] Kind choice(Words<Place> words, Place place)
{
    Texts names;
    for (const auto& [name, value] : words) names.push_back(name);
    Kind kind;
    kind.type = joined(names, "|");
    kind.set = [=](Config& config, const Texts& texts) -> Problem {
        for (const auto& [name, value] : words) {
            if (name != texts.back()) continue;
            place(config) = value;
            return std::nullopt;
        }
        return not_one_of(texts.back(), names);
    };
    kind.get = [=](const Config& config) -> Texts {
        for (const auto& [name, value] : words) {
            if (value == place(config)) return {name};
        }
        return {};
    };
    return kind;
}

/// Yes or no.
template <class Place>
[[nodiscard]] Kind yes_or_no(Place place)
{
    Kind kind = choice({{"yes", true}, {"no", false}}, place);
    kind.is_switch = true;
    return kind;
}

/// Any text but an empty one.
template <class Place>
[[nodiscard]] Kind text(std::string type, Place place)
{
    Kind kind;
    kind.type = std::move(type);
    kind.set = [=](Config& config, const Texts& texts) -> Problem {
        if (texts.back().empty()) return "is empty";
        place(config) = texts.back();
        return std::nullopt;
    };
    kind.get = [=](const Config& config) {
        return place(config).empty() ? Texts{} : Texts{place(config)};
    };
    return kind;
}

}  // namespace penstock::config
