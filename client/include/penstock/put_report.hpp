// PutReport: what became of the items of a put_many.
#pragma once

#include <penstock/error.hpp>

#include <cstddef>
#include <system_error>
#include <vector>

namespace penstock {

/// One code an item, in the order in which they were given, and what they add up to.
struct PutReport {
    /// So many were put for certain.
    std::size_t put = 0;
    /// Of so many nobody knows: the connection ended meanwhile (errc::in_doubt).
    std::size_t in_doubt = 0;
    /// The first failure's; none if all were put.
    std::error_code ec;
    /// Each item's; no error: it was put.
    std::vector<std::error_code> codes;

    /// All were put.
    [[nodiscard]] explicit operator bool() const noexcept { return !ec; }

    /// Sets the rest from `codes`.
    void sum_up()
    {
        put = 0;
        in_doubt = 0;
        ec.clear();
        for (const std::error_code& code : codes) {
            if (!code) ++put;
            if (code == errc::in_doubt) ++in_doubt;
            if (code && !ec) ec = code;
        }
    }
};

}  // namespace penstock
