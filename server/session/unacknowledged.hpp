// How many bytes a session was handed and has not acknowledged, for the limit on what is handed
// out. docs/protocol.md, section 7.
#pragma once

#include "server/core/types.hpp"

#include <cstdint>
#include <map>

namespace penstock::session {

class Unacknowledged {
public:
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t items() const { return items_; }

    /// One item.
    void add(core::ObjectId object, std::uint64_t size)
    {
        ++items_;
        if (size == 0) return;
        objects_[object] += size;
        bytes_ += size;
    }

    void subtract(core::ObjectId object, std::uint64_t items, std::uint64_t size)
    {
        items_ -= items;
        if (size == 0) return;
        const auto found = objects_.find(object);
        found->second -= size;
        bytes_ -= size;
        if (found->second == 0) objects_.erase(found);
    }

    /// The object was removed, and what was handed out of it with it. So many of its items are
    /// settled now; the bytes of all of them at once.
    void forget(core::ObjectId object, std::uint64_t items)
    {
        items_ -= items;
        const auto found = objects_.find(object);
        if (found == objects_.end()) return;
        bytes_ -= found->second;
        objects_.erase(found);
    }

private:
    std::map<core::ObjectId, std::uint64_t> objects_;
    std::uint64_t bytes_ = 0;
    std::uint64_t items_ = 0;
};

}  // namespace penstock::session
