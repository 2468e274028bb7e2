// Line: what a benchmark's process puts into and gets from, be it the broker's queues or the relay.
#pragma once

#include <penstock/bytes.hpp>

#include <memory>
#include <optional>
#include <string>

namespace penstock::bench {

class Line {
public:
    virtual ~Line() = default;
    virtual void put(const Bytes& item) = 0;
    /// Empty: nothing will come any more.
    [[nodiscard]] virtual std::optional<Bytes> get() = 0;
    /// The others have ended.
    virtual void close() = 0;
};

/// Queues by their names; "" where nothing is put, or nothing got.
[[nodiscard]] std::unique_ptr<Line> line_at_broker(const std::string& address,
                                                   const std::string& out,
                                                   const std::string& in);
struct RelayRoute {
    unsigned own = 0;
    unsigned first = 0;  // whom to send to: in turn to these
    unsigned n = 1;
    bool confirmed = false;
};
[[nodiscard]] std::unique_ptr<Line> line_at_relay(const std::string& address,
                                                  const RelayRoute& route);

}  // namespace penstock::bench
