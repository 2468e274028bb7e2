// From what was given - flags, environment, file - to a Config that holds together.
#pragma once

#include "server/config/option.hpp"
#include "server/net/inherited_sockets.hpp"

#include <map>
#include <stdexcept>
#include <string>

namespace penstock::config {

/// A text for the user: what is wrong, where, and what would be right.
class ConfigError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Who decided a value; a later one outdoes the earlier.
enum class Origin : std::uint8_t { default_value, file, environment, flag };

struct Given {
    Origin origin = Origin::default_value;
    std::string where;  // for errors: "--listen", "/etc/penstock/penstockd.conf:3: listen"
    Texts texts;
};
/// By the option's name. What is not in it has its default.
using Values = std::map<std::string, Given>;

/// Where a configuration comes from; SIGHUP asks again.
struct Inputs {
    Values flags;
    std::string file;  // empty: none
    bool use_environment = true;
    std::vector<net::InheritedSocket> inherited;
    /// What holds where nobody gives a value.
    Config base = {};
};

struct Loaded {
    Config config;
    Values values;
};

/// Adds a setting. `at`: where it is written, for errors, which are ConfigErrors.
void add_value(Values& values,
               Origin origin,
               const std::string& at,
               const std::string& name,
               const std::string& value);

/// The settings of a file's `text`. `path` is for errors, which are ConfigErrors.
[[nodiscard]] Values file_values(const std::string& path, const std::string& text);

/// All of them together. Reads the key file too. Throws ConfigError.
[[nodiscard]] Loaded load(const Inputs& inputs);

/// All that is in force, as a configuration file that says where each value is from.
[[nodiscard]] std::string printed(const Loaded& loaded);

/// The error for an option that is not there, with the one that may have been meant: of those in
/// the table and of `more`.
[[nodiscard]] std::string unknown_option(const std::string& name,
                                         const std::string& dashes,
                                         Texts more = {});

}  // namespace penstock::config
