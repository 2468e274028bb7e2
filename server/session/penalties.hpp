// Sources that misbehaved and are not let in for a while. The table is bounded: when it is full,
// the oldest entry goes. Sans-IO.
#pragma once

#include "common/base/time.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>

namespace penstock::session {

class Penalties {
public:
    explicit Penalties(std::size_t entries_max) : entries_max_(entries_max) {}
    Penalties(const Penalties&) = delete;
    Penalties& operator=(const Penalties&) = delete;

    /// The source is locked out until now + duration. A longer penalty that it has stays.
    void add(std::string_view source, base::Duration duration, base::TimePoint now);
    [[nodiscard]] bool locked_out(std::string_view source, base::TimePoint now) const;
    [[nodiscard]] std::size_t size() const { return by_age_.size(); }

private:
    struct Entry {
        std::string source;
        base::TimePoint until;
    };

    std::size_t entries_max_;
    std::list<Entry> by_age_;  // the latest penalty stands at the end
    std::map<std::string_view, std::list<Entry>::iterator, std::less<>> by_source_;
};

}  // namespace penstock::session
