// For cross_host and pipe_across_hosts: two hosts, a broker on the first one, and a process on
// each.
#pragma once

#include <functional>
#include <string>

namespace examples {

/// Where a host finds the broker, and its copy of the key.
struct Place {
    std::string url;
    std::string key_file;
};

using Party = std::function<void(const Place& broker)>;

/// All of such a program's main(): options, hosts, key, broker, and both processes.
[[nodiscard]] int run_on_two_hosts(int argc,
                                   char** argv,
                                   const std::string& purpose,
                                   const Party& on_first,
                                   const Party& on_second);

}  // namespace examples
