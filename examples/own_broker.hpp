// A penstockd of the program's own, and the key that it asks for. With real hosts one does
// this once, by hand; see "Between hosts" in the README.
#pragma once

#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace examples {

/// A folder with a key, of which each host would have a copy. Goes at the end.
class KeyFolder {
public:
    KeyFolder();
    ~KeyFolder();
    KeyFolder(const KeyFolder&) = delete;
    KeyFolder& operator=(const KeyFolder&) = delete;

    [[nodiscard]] std::string key_file() const { return path_ + "/key"; }

private:
    std::string path_;
};

/// Runs as long as this object, and never longer than this process.
class OwnBroker {
public:
    /// `program` is penstockd; empty: it is looked for beside this program, then in PATH. `prepare`
    /// is called in its process. `log` is the file for its log.
    OwnBroker(const std::string& program,
              const std::vector<std::string>& options,
              const std::string& log,
              const std::function<void()>& prepare);
    ~OwnBroker();
    OwnBroker(const OwnBroker&) = delete;
    OwnBroker& operator=(const OwnBroker&) = delete;

    /// Where it listens, in the order of its --listen.
    [[nodiscard]] const std::vector<std::string>& urls() const { return urls_; }

private:
    pid_t pid_ = -1;
    std::vector<std::string> urls_;
};

}  // namespace examples
