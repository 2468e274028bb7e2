// Admission: what the broker lets a client have under way, and how much of it is in use.
// docs/protocol.md, section "Grants".
#pragma once

#include "client/src/protocol/call.hpp"
#include "common/wire/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <map>

namespace penstock::protocol {

class Admission {
public:
    void grant(const wire::Grants& grants) { grants_ = grants; }
    [[nodiscard]] const wire::Grants& grants() const { return grants_; }

    /// Whether `call` may be written now.
    [[nodiscard]] bool admits(const Call& call) const;
    void written(const Call& call);
    /// The broker's answer is here. A kept operation counts on until it is acknowledged.
    void resolved(const Call& call);
    /// The ACK of `n` operations is written.
    void acknowledged(std::uint32_t n);

private:
    [[nodiscard]] bool admits_put(const Call& call) const;

    wire::Grants grants_;
    std::uint64_t ops_ = 0;  // unresolved and unacknowledged ones
    std::uint64_t put_bytes_ = 0;
    std::map<std::uint64_t, std::size_t> puts_by_object_;
    std::size_t reads_ = 0;
    std::size_t pings_ = 0;
};

}  // namespace penstock::protocol
