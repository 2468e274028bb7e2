// What is asked and answered over HTTP, as values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::bridge {

struct Request {
    std::string method;
    std::string target;                 // as it was sent
    std::vector<std::string> hosts;     // each Host header: there must be one
    std::optional<std::string> origin;  // what came last
    std::string authorization;
    std::string if_none_match;
    std::string protocols;  // Sec-WebSocket-Protocol
    bool is_upgrade = false;
    bool has_transfer_encoding = false;
    bool is_http_1_1 = true;
    std::string local;  // the address that it came to, "127.0.0.1"
    std::string peer;
    std::string head;  // an upgrade's, for whoever goes on
};

struct Response {
    unsigned status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    /// Not copied: a page's bytes are the program's, a state's are shared.
    std::shared_ptr<const std::string> owned;
    std::string_view fixed;
    [[nodiscard]] std::string_view body() const { return owned ? std::string_view(*owned) : fixed; }
};

}  // namespace penstock::bridge
