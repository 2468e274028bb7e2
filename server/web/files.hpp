// The files of the monitor's page, which are part of the program.
#pragma once

#include <string_view>

namespace penstock::web {

struct File {
    std::string_view path;  // "/app.js"
    std::string_view type;
    std::string_view etag;  // with its quotes
    std::string_view body;
};

/// Null: there is no such file.
[[nodiscard]] const File* find(std::string_view path);

}  // namespace penstock::web
