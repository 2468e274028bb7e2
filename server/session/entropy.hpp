// Where random bytes come from: an I/O shell's business, or a test's.
#pragma once

#include <cstddef>
#include <span>

namespace penstock::session {

class Entropy {
public:
    virtual ~Entropy() = default;
    /// Fills `bytes` with unpredictable bytes.
    virtual void fill(std::span<std::byte> bytes) = 0;
};

}  // namespace penstock::session
