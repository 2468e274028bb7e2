// Views: what browsers see of the rows, a sorted and filtered page each; encoded once for all.
#pragma once

#include "server/bridge/columns.hpp"
#include "server/bridge/limits.hpp"
#include "server/bridge/mirror.hpp"

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace penstock::bridge {

/// A piece of a frame, shared by all browsers that are sent it.
using Piece = std::shared_ptr<const std::string>;

struct ViewSpec {
    Kind kind = Kind::queues;
    std::size_t column = 1;  // to sort by
    bool descending = false;
    std::string filter;
    std::uint32_t offset = 0;
    std::uint32_t limit = 100;
    auto operator<=>(const ViewSpec&) const = default;
};

/// Which rows a view showed in one version, in order.
struct Page {
    std::uint64_t version = 0;
    std::uint64_t total = 0;  // that match the filter
    std::vector<std::uint64_t> ids;
};
using PagePointer = std::shared_ptr<const Page>;

/// Of one mirror. What is kept is bounded, whatever browsers ask for.
class Views {
public:
    explicit Views(const Mirror& mirror) : mirror_(mirror) {}

    /// The view now.
    [[nodiscard]] PagePointer page(const ViewSpec& spec);
    /// What a browser had that comes back with `since`. Null: nobody knows any more.
    [[nodiscard]] PagePointer page_at(const ViewSpec& spec, std::uint64_t since);
    /// {"total":..,"cols":[..],"rows":[..]}
    [[nodiscard]] Piece whole(const ViewSpec& spec);
    /// {"total":..,"up":[..],"del":[..],"order":[..]}, each only if there is any. Null: nothing has
    /// changed since `from`.
    [[nodiscard]] Piece delta(const ViewSpec& spec, const Page& from);

    /// All that is known is of another run of the broker.
    void forget() { views_.clear(); }
    [[nodiscard]] std::size_t cached() const { return views_.size(); }
    /// How often something was encoded; tests see by it what is shared.
    [[nodiscard]] std::uint64_t encoded_total() const { return encoded_total_; }

private:
    struct View {
        std::uint64_t used = 0;         // the version in which it was asked for last
        std::deque<PagePointer> pages;  // the oldest first
        Piece whole;                    // both of the version `used`
        std::vector<std::pair<PagePointer, Piece>> deltas;  // by what they go on from
    };

    View& view(const ViewSpec& spec);
    [[nodiscard]] PagePointer make_page(const ViewSpec& spec) const;
    [[nodiscard]] Piece encode_whole(const ViewSpec& spec, const Page& page);
    [[nodiscard]] Piece encode_delta(const ViewSpec& spec, const Page& from, const Page& now);

    const Mirror& mirror_;
    std::map<ViewSpec, View> views_;
    std::uint64_t encoded_total_ = 0;
};

}  // namespace penstock::bridge
