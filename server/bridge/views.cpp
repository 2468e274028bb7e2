#include "server/bridge/views.hpp"

#include "server/bridge/json_text.hpp"

#include <algorithm>
#include <unordered_set>

namespace penstock::bridge {

namespace {

void write_cell(JsonText& out, const Cell& cell)
{
    if (const auto* number = std::get_if<std::int64_t>(&cell)) {
        out.number(*number);
    } else if (const auto* text = std::get_if<std::string>(&cell)) {
        out.text(*text);
    } else {
        out.null();
    }
}

void write_row(JsonText& out, const Mirror& mirror, Kind kind, std::uint64_t id)
{
    const std::optional<RowRef> row = find_row(mirror, kind, id);
    if (!row) return;
    out.begin_array().number(id);
    for (std::size_t column = 1; column < columns_of(kind).size(); ++column) {
        write_cell(out, row->cell(column));
    }
    out.end_array();
}

void write_ids(JsonText& out, const std::vector<std::uint64_t>& ids)
{
    out.begin_array();
    for (const std::uint64_t id : ids) out.number(id);
    out.end_array();
}

/// Differs from each total, so that it is told.
constexpr std::uint64_t total_unknown = UINT64_MAX;

struct Candidate {
    Cell key;
    std::uint64_t id = 0;
};

}  // namespace

Views::View& Views::view(const ViewSpec& spec)
{
    const auto found = views_.find(spec);
    if (found == views_.end() && views_.size() >= views_cached_max) {
        views_.erase(std::min_element(views_.begin(), views_.end(), [](auto& a, auto& b) {
            return a.second.used < b.second.used;
        }));
    }
    View& view = found == views_.end() ? views_[spec] : found->second;
    const bool is_new = view.pages.empty() || view.pages.back()->version != mirror_.version();
    if (is_new) {
        view.pages.push_back(make_page(spec));
        if (view.pages.size() > pages_cached_max) view.pages.pop_front();
        view.whole.reset();
        view.deltas.clear();
    }
    view.used = mirror_.version();
    return view;
}

PagePointer Views::page(const ViewSpec& spec)
{
    return view(spec).pages.back();
}

PagePointer Views::page_at(const ViewSpec& spec, std::uint64_t since)
{
    View& known = view(spec);
    for (const PagePointer& page : known.pages) {
        if (page->version == since) return page;
    }
    // Without a record: what was on the page then is on it now, or gone, if the page always had
    // room for all. What is new since then has changed since then.
    const Page& now = *known.pages.back();
    std::vector<std::uint64_t> removed = removed_since(mirror_, spec.kind, since);
    if (spec.offset != 0 || now.total + removed.size() > spec.limit) return nullptr;
    auto page = std::make_shared<Page>(Page{since, total_unknown, now.ids});
    page->ids.insert(page->ids.end(), removed.begin(), removed.end());
    return page;
}

PagePointer Views::make_page(const ViewSpec& spec) const
{
    std::vector<Candidate> found;
    for_each_row(mirror_, spec.kind, [&](std::uint64_t id, std::uint64_t, RowRef row) {
        if (!row.matches(spec.filter)) return;
        found.push_back({spec.column == 0 ? Cell() : row.cell(spec.column), id});
    });
    const auto before = [&](const Candidate& a, const Candidate& b) {
        if (a.key != b.key) return spec.descending ? b.key < a.key : a.key < b.key;
        return spec.descending && spec.column == 0 ? b.id < a.id : a.id < b.id;
    };
    const std::size_t begin = std::min<std::size_t>(spec.offset, found.size());
    const std::size_t end = std::min<std::size_t>(begin + spec.limit, found.size());
    std::partial_sort(
        found.begin(), found.begin() + static_cast<std::ptrdiff_t>(end), found.end(), before);
    auto page = std::make_shared<Page>(Page{mirror_.version(), found.size(), {}});
    for (std::size_t i = begin; i < end; ++i) page->ids.push_back(found[i].id);
    return page;
}

Piece Views::whole(const ViewSpec& spec)
{
    View& known = view(spec);
    if (!known.whole) known.whole = encode_whole(spec, *known.pages.back());
    return known.whole;
}

Piece Views::encode_whole(const ViewSpec& spec, const Page& page)
{
    ++encoded_total_;
    JsonText out;
    out.begin_object().key("total").number(page.total).key("cols").begin_array();
    for (const std::string_view name : columns_of(spec.kind)) out.text(name);
    out.end_array().key("rows").begin_array();
    for (const std::uint64_t id : page.ids) write_row(out, mirror_, spec.kind, id);
    out.end_array().end_object();
    return std::make_shared<const std::string>(out.take());
}

Piece Views::delta(const ViewSpec& spec, const Page& from)
{
    View& known = view(spec);
    for (const auto& [page, piece] : known.deltas) {
        if (page->version == from.version && page->ids == from.ids) return piece;
    }
    const PagePointer now = known.pages.back();
    Piece piece = encode_delta(spec, from, *now);
    // Of browsers that are far apart each has its own; a few is all that sharing is worth.
    if (known.deltas.size() < pages_cached_max) {
        known.deltas.emplace_back(std::make_shared<const Page>(from), piece);
    }
    return piece;
}

Piece Views::encode_delta(const ViewSpec& spec, const Page& from, const Page& now)
{
    const std::unordered_set<std::uint64_t> had(from.ids.begin(), from.ids.end());
    const std::unordered_set<std::uint64_t> has(now.ids.begin(), now.ids.end());
    std::vector<std::uint64_t> changed;
    std::vector<std::uint64_t> gone;
    for (const std::uint64_t id : now.ids) {
        const bool is_new = changed_version(mirror_, spec.kind, id) > from.version;
        if (is_new || !had.contains(id)) changed.push_back(id);
    }
    for (const std::uint64_t id : from.ids) {
        if (!has.contains(id)) gone.push_back(id);
    }
    const bool reordered = from.ids != now.ids;
    if (changed.empty() && !reordered && from.total == now.total) return nullptr;
    ++encoded_total_;
    JsonText out;
    out.begin_object();
    if (from.total != now.total) out.key("total").number(now.total);
    if (!changed.empty()) {
        out.key("up").begin_array();
        for (const std::uint64_t id : changed) write_row(out, mirror_, spec.kind, id);
        out.end_array();
    }
    if (!gone.empty()) write_ids(out.key("del"), gone);
    if (reordered) write_ids(out.key("order"), now.ids);
    out.end_object();
    return std::make_shared<const std::string>(out.take());
}

}  // namespace penstock::bridge
