#include "client/cli/figures.hpp"
#include "client/cli/json.hpp"
#include "client/cli/queues.hpp"
#include "client/cli/streams.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

namespace penstock::cli {

namespace {

using std::chrono::milliseconds;

/// Between two looks: short behind one that saw something, then longer and longer.
constexpr milliseconds interval_min{100};
constexpr milliseconds interval_max{1000};
/// In one look; what is more comes with the next one, at once.
constexpr std::uint64_t items_max = 1000;
constexpr std::uint64_t page_bytes_max = std::uint64_t{16} * 1024 * 1024;
/// The place of the items can move while we look: then once more, and a little earlier.
constexpr std::uint64_t tries_max = 4;
constexpr std::uint64_t slack = 100;

constexpr VerbHelp help{
    "tail",
    "Show items as they are put, and leave them in the queue.",
    "  penstock tail jobs                       the last ten, and then new ones\n"
    "  penstock tail jobs --lines 0             only new ones\n"
    "  penstock tail jobs --json --bytes 1000000 | jq .text",
    "It looks again after 100ms to 1s, sooner when there was something new, and takes\n"
    "nothing. So an item that is put and taken between two looks isn't shown: a note\n"
    "on stderr, and \"missed\" in JSON, says how many those were. Where the youngest or\n"
    "the smallest comes out first (`create --order`), only the first 1000 items are\n"
    "looked at; what is new among them is shown in the order of put. It ends with 0\n"
    "when the queue is shut down or its reader goes away, with 1 when the queue is\n"
    "removed, with 3 when the broker goes away, and with 130 at Ctrl-C."};

/// What a look saw, in the order of put.
struct View {
    std::vector<PeekedItem> items;
    std::vector<std::uint64_t> missed_before;  // of each: how many it did not see, since the last
    std::uint64_t missed = 0;                  // new ones that this look did not see
    bool more = false;                         // there is more to see at once
    bool over = false;                         // nothing more can come
};

/// Looks at one queue again and again, each time at what is new.
class Watcher {
public:
    Watcher(Admin admin, std::string name, std::uint64_t lines, std::uint32_t bytes)
        : admin_(std::move(admin)),
          name_(std::move(name)),
          lines_(lines),
          bytes_(bytes),
          page_(std::clamp<std::uint64_t>(page_bytes_max / std::max(bytes, 1u), 1, items_max))
    {}

    [[nodiscard]] View look();

private:
    [[nodiscard]] QueueStat stat();
    [[nodiscard]] std::uint64_t wanted(const QueueStat& stat) const;
    [[nodiscard]] std::vector<PeekedItem> peek(std::uint64_t count, std::uint64_t offset) const;
    [[nodiscard]] std::vector<PeekedItem> peek_back(QueueStat& stat);
    [[nodiscard]] std::vector<PeekedItem> peek_front(const QueueStat& stat) const;
    void place_missed(View& view, std::uint64_t before, bool is_fifo);

    Admin admin_;
    std::string name_;
    std::uint64_t lines_;
    std::uint32_t bytes_;
    std::uint64_t page_;  // so many items a look
    bool began_ = false;
    std::uint64_t object_ = 0;
    std::uint64_t last_seq_ = 0;  // everything up to it was shown or missed
    std::uint64_t untold_ = 0;    // missed since the last item that was shown
};

QueueStat Watcher::stat()
{
    QueueStat stat = admin_.stat(name_);
    if (object_ == 0) object_ = stat.object;
    if (stat.object == object_) return stat;
    throw Failure(ExitCode::negative,
                  "'" + name_ + "' was removed, and there is another queue of that name now");
}

/// At most so many of the ready items are new: those behind the last one, or at first --lines.
std::uint64_t Watcher::wanted(const QueueStat& stat) const
{
    const std::uint64_t fresh = stat.put_total - std::min(last_seq_, stat.put_total);
    return std::min(stat.ready, began_ ? fresh : lines_);
}

std::vector<PeekedItem> Watcher::peek(std::uint64_t count, std::uint64_t offset) const
{
    return admin_.peek(name_, count, offset, bytes_);
}

/// Of a FIFO queue, where what is new stands at the end. `stat` becomes the one before the peek.
std::vector<PeekedItem> Watcher::peek_back(QueueStat& stat)
{
    for (std::uint64_t i = 0;; ++i) {
        std::uint64_t offset = stat.ready - wanted(stat);
        offset -= std::min(offset, i * slack);
        std::vector<PeekedItem> items = peek(page_, offset);
        // Others took from the front meanwhile, and what we look for moved before the offset.
        const bool moved = offset > 0 && (items.empty() || items.front().seq > last_seq_ + 1);
        if (began_ && moved && i < tries_max) {
            stat = this->stat();
            continue;
        }
        // Fewer numbers are left than there were, so a whole page may be known.
        while (items.size() == page_ && items.back().seq <= last_seq_) {
            offset += page_;
            items = peek(page_, offset);
        }
        return items;
    }
}

/// Of a queue where what is new stands at the front, or anywhere.
std::vector<PeekedItem> Watcher::peek_front(const QueueStat& stat) const
{
    const std::uint64_t count = stat.kind == "lifo" ? wanted(stat) + slack : items_max;
    std::vector<PeekedItem> items = peek(std::min(count, page_), 0);
    std::ranges::sort(items, {}, &PeekedItem::seq);
    return items;
}

View Watcher::look()
{
    QueueStat now = stat();
    View view;
    view.over = now.shut_down || now.ended;
    const bool is_fifo = now.kind == "fifo";
    if (wanted(now) > 0) view.items = is_fifo ? peek_back(now) : peek_front(now);
    view.more = is_fifo && view.items.size() == page_;
    const std::uint64_t before = last_seq_;
    std::erase_if(view.items, [before](const PeekedItem& item) { return item.seq <= before; });
    // Of a FIFO queue what stands behind the last that was seen is there still.
    if (!view.more && (!is_fifo || view.items.empty())) {
        last_seq_ = std::max(last_seq_, now.put_total);
    }
    if (!view.items.empty()) last_seq_ = std::max(last_seq_, view.items.back().seq);
    if (began_) {
        view.missed = last_seq_ - before - view.items.size();
        place_missed(view, before, is_fifo);
    } else if (!is_fifo && view.items.size() > lines_) {
        view.items.erase(view.items.begin(),
                         view.items.end() - static_cast<std::ptrdiff_t>(lines_));
    }
    began_ = true;
    return view;
}

/// In a FIFO queue the gaps between the numbers tell where they were. Those of a look that saw
/// nothing new stand before the next item.
void Watcher::place_missed(View& view, std::uint64_t before, bool is_fifo)
{
    if (view.items.empty()) {
        untold_ += view.missed;
        return;
    }
    for (const PeekedItem& item : view.items) {
        view.missed_before.push_back(is_fifo ? item.seq - before - 1 : 0);
        before = item.seq;
    }
    if (!is_fifo) view.missed_before.front() = view.missed;
    view.missed_before.front() += std::exchange(untold_, 0);
}

std::string line_of(const PeekedItem& item)
{
    std::array<char, 96> line{};
    (void)std::snprintf(line.data(),
                        line.size(),
                        "%9s %9s %9s  %-7s ",
                        std::to_string(item.seq).c_str(),
                        std::to_string(item.attempts).c_str(),
                        std::to_string(item.size).c_str(),
                        to_string(item.content_type).c_str());
    return line.data() + preview_text(item) + "\n";
}

}  // namespace

Tail::Tail(CLI::App& app, Globals& globals) : Verb(app, globals, help)
{
    argument("QUEUE", queue_name_, "its name");
    option("--lines", lines_, 0, "begin with the last N that are there (default: 10)");
    option("--bytes", bytes_, 0, "show at most N bytes of each (default: 60)");
}

void Tail::show(const std::vector<PeekedItem>& items,
                const std::vector<std::uint64_t>& missed_before) const
{
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!globals().json) {
            write_out(line_of(items[i]));
            continue;
        }
        auto document = with_schema(json_of(items[i]));
        document["name"] = queue_name_;
        document["missed"] = missed_before.empty() ? 0 : missed_before[i];
        write_json(document);
    }
}

void Tail::follow(const Admin& admin) const
{
    const auto shown = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes_, UINT32_MAX));
    Watcher watcher(admin, queue_name_, lines_, shown);
    if (!globals().json) write_out("      SEQ  ATTEMPTS      SIZE  TYPE    BEGINS\n");
    milliseconds interval = interval_min;
    while (true) {
        const View view = watcher.look();
        if (view.missed > 0) note("not seen: " + items_text(view.missed));
        show(view.items, view.missed_before);
        if (view.more) continue;
        if (view.over && view.items.empty()) {
            return note("'" + queue_name_ + "' is shut down or has ended: nothing more can come");
        }
        interval = view.items.empty() ? std::min(2 * interval, interval_max) : interval_min;
        if (!stdout_has_reader_for(interval)) return;
    }
}

ExitCode Tail::run()
{
    Client client = connect(globals().timeout);
    try {
        follow(client.admin());
    } catch (const Failure&) {
        // Whoever has seen enough, like head, has not failed.
        if (stdout_has_reader_for(milliseconds(0))) throw;
    }
    return ExitCode::done;
}

}  // namespace penstock::cli
