#include "server/config/access_text.hpp"

#include "server/net/allow_list.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace penstock::config {

namespace {

Problem no_such(const std::string& what, const std::string& name)
{
    return "there is no " + what + " '" + name + "'; name one, or write its number";
}

Problem allow(const std::string& text, net::AllowList& list)
{
    if (text.starts_with('@')) {
        const std::optional<gid_t> group = net::find_group(text.substr(1));
        if (!group) return no_such("group", text.substr(1));
        list.groups.push_back(*group);
        return std::nullopt;
    }
    const std::optional<uid_t> user = net::find_user(text);
    if (!user) return no_such("user", text);
    list.users.push_back(*user);
    return std::nullopt;
}

}  // namespace

Kind allowed_users()
{
    Kind kind;
    kind.type = "USER|@GROUP";
    kind.repeatable = true;
    kind.set = [](Config& config, const Texts& texts) -> Problem {
        for (const std::string& text : texts) {
            if (Problem problem = allow(text, config.server.access.allow)) return problem;
        }
        config.allow = texts;
        return std::nullopt;
    };
    kind.get = [](const Config& config) { return config.allow; };
    return kind;
}

Kind socket_group()
{
    Kind kind;
    kind.type = "GROUP";
    kind.set = [](Config& config, const Texts& texts) -> Problem {
        config.server.access.group = net::find_group(texts.back());
        if (!config.server.access.group) return no_such("group", texts.back());
        config.socket_group = texts.back();
        return std::nullopt;
    };
    kind.get = [](const Config& config) {
        return config.socket_group.empty() ? Texts{} : Texts{config.socket_group};
    };
    return kind;
}

Kind socket_mode()
{
    Kind kind;
    kind.type = "MODE";
    kind.set = [](Config& config, const Texts& texts) -> Problem {
        const std::string& text = texts.back();
        const char* const end = text.data() + text.size();
        mode_t mode = 0;
        const auto [rest, ec] = std::from_chars(text.data(), end, mode, 8);
        const bool good = ec == std::errc() && rest == end && (mode & ~mode_t{0666}) == 0 &&
                          (mode & 0600) == 0600;
        if (!good) return "'" + text + "' is no mode of a socket; write 0600, 0660 or 0666";
        config.server.access.mode = mode;
        return std::nullopt;
    };
    kind.get = [](const Config& config) -> Texts {
        if (!config.server.access.mode) return {};
        std::array<char, 8> digits{};
        std::snprintf(digits.data(), digits.size(), "%04o", unsigned{*config.server.access.mode});
        return {digits.data()};
    };
    return kind;
}

}  // namespace penstock::config
