#include "server/config/load.hpp"

#include "common/base/nearest.hpp"
#include "server/config/check.hpp"
#include "server/config/config_file.hpp"
#include "server/config/listen_text.hpp"
#include "server/config/options.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <variant>

namespace penstock::config {

namespace {

const Option* find_option(const std::string& name)
{
    const std::vector<Option>& all = options();
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const Option& option) { return option.name == name; });
    return found == all.end() ? nullptr : &*found;
}

std::string read_file(const std::string& path)
{
    // Not a pipe: one that nobody writes to would stop a broker that reads it again.
    std::error_code ec;
    const std::filesystem::file_status status = std::filesystem::status(path, ec);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        throw ConfigError("--config " + path + " can't be read: it is no regular file");
    }
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text(config_file_size_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad() || (!file && !file.eof())) {
        throw ConfigError("--config " + path +
                          " can't be read: " + std::generic_category().message(errno));
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > config_file_size_max) {
        throw ConfigError("--config " + path + " is longer than " +
                          base::size_text(config_file_size_max));
    }
    return text;
}

Values environment_values()
{
    Values values;
    for (const Option& option : options()) {
        if (option.environment.empty()) continue;
        const char* text = std::getenv(option.environment.c_str());
        if (text == nullptr || *text == '\0') continue;
        values[option.name] = {Origin::environment, option.environment, {text}};
    }
    return values;
}

Config to_config(Config config, const Values& values)
{
    for (const Option& option : options()) {
        const auto found = values.find(option.name);
        if (found == values.end()) continue;
        const Given& given = found->second;
        if (Problem problem = option.kind.set(config, given.texts)) {
            throw ConfigError(given.where + ": " + *problem);
        }
    }
    return config;
}

std::string origin_text(const Values& values, const std::string& name)
{
    const auto found = values.find(name);
    if (found == values.end()) return "default";
    switch (found->second.origin) {
        case Origin::default_value:
            return "default";
        case Origin::file:
            return "file";
        case Origin::environment:
            return "environment";
        case Origin::flag:
            return "flag";
    }
    return {};
}

/// Who names its address wants it, whatever the environment says.
void settle_monitor(Values& values, const Values& flags)
{
    if (!flags.contains("monitor")) return;
    const auto off = flags.find("no-monitor");
    if (off != flags.end() && off->second.texts == Texts{"yes"}) {
        throw ConfigError("--monitor and --no-monitor contradict each other; take one away");
    }
    values["no-monitor"] = {Origin::flag, "--monitor", {"no"}};
}

}  // namespace

std::string unknown_option(const std::string& name, const std::string& dashes, Texts more)
{
    Texts names = std::move(more);
    for (const Option& option : options()) names.push_back(option.name);
    const std::string nearest = base::nearest(name, names);
    const std::string advice =
        nearest.empty() ? "see `penstockd --help`" : "did you mean '" + dashes + nearest + "'?";
    return "there is no option '" + dashes + name + "'; " + advice;
}

void add_value(Values& values,
               Origin origin,
               const std::string& at,
               const std::string& name,
               const std::string& value)
{
    const Option* option = find_option(name);
    if (option == nullptr) throw ConfigError(at + unknown_option(name, ""));
    Given& given = values[name];
    if (!given.texts.empty() && !option->kind.repeatable) {
        throw ConfigError(at + name + " was given before; take one away");
    }
    given.origin = origin;
    if (given.where.empty()) given.where = at + name;
    given.texts.push_back(value);
}

Values file_values(const std::string& path, const std::string& text)
{
    const std::variant<std::vector<Line>, LineError> parsed = parse_config_file(text);
    const auto at = [&path](std::size_t number) {
        return path + ":" + std::to_string(number) + ": ";
    };
    if (const auto* error = std::get_if<LineError>(&parsed)) {
        throw ConfigError(at(error->number) + error->text);
    }
    Values values;
    for (const Line& line : std::get<std::vector<Line>>(parsed)) {
        add_value(values, Origin::file, at(line.number), line.name, line.value);
    }
    return values;
}

Loaded load(const Inputs& inputs)
{
    Loaded loaded;
    loaded.values = inputs.flags;
    // What is there already stays.
    if (inputs.use_environment) loaded.values.merge(environment_values());
    settle_monitor(loaded.values, inputs.flags);
    const std::string& file = inputs.file;
    if (!file.empty()) loaded.values.merge(file_values(file, read_file(file)));
    loaded.config = to_config(inputs.base, loaded.values);
    add_inherited(loaded.config, inputs.inherited);
    check(loaded.config);
    return loaded;
}

std::string printed(const Loaded& loaded)
{
    std::string text;
    std::string heading;
    for (const Option& option : options()) {
        if (title(option.topic) != heading) {
            heading = title(option.topic);
            text += (text.empty() ? "# " : "\n# ") + heading + "\n";
        }
        const std::string origin = "  # " + origin_text(loaded.values, option.name);
        const Texts values = option.kind.get(loaded.config);
        if (values.empty()) text += "# " + option.name + " =" + origin + ": none\n";
        for (const std::string& value : values) {
            text += config_line(option.name, value) + origin + "\n";
        }
    }
    return text;
}

}  // namespace penstock::config
