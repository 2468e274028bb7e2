#include "server/bridge/state.hpp"

#include "server/bridge/json_text.hpp"

#include <penstock/metrics.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace penstock::bridge {

namespace {

void write_times(JsonText& out, const std::vector<OperationTimes>& all)
{
    out.begin_object();
    for (const OperationTimes& times : all) {
        out.key(word_of(times.kind)).begin_array();
        for (const std::uint64_t count : times.counts) out.number(count);
        out.end_array();
    }
    out.end_object();
}

}  // namespace

std::size_t Frame::size() const
{
    std::size_t size = 0;
    for (const Piece& piece : pieces) size += piece->size();
    return size;
}

std::string Frame::text() const
{
    std::string text;
    for (const Piece& piece : pieces) text += *piece;
    return text;
}

Frame frame_of(std::string text)
{
    Frame frame;
    frame.pieces.push_back(std::make_shared<const std::string>(std::move(text)));
    return frame;
}

bool State::take(Reading reading, TimePoint now, std::int64_t wall_ms, std::string fresh_boot)
{
    const bool rows = reading.rows;
    const bool restarted = mirror_.take(std::move(reading), now, wall_ms, std::move(fresh_boot));
    if (restarted) {
        views_.forget();
        diagnosis_ = {};
        history_.forget();
        encode_attention({});
    }
    read_at_ = std::chrono::system_clock::time_point(milliseconds(wall_ms));
    diagnosis_.observe(mirror_.broker());
    history_.observe(mirror_.broker());
    encode_totals();
    if (rows) encode_attention(diagnosis_.judge(mirror_));
    whole_.reset();
    history_piece_.reset();
    deltas_.clear();
    return restarted;
}

void State::set_away(std::string text)
{
    if (text == away_) return;
    away_ = std::move(text);
    ++away_changes_;
}

void State::encode_totals()
{
    const BrokerStat& broker = mirror_.broker();
    const std::pair<std::string_view, std::uint64_t> figures[] = {
        {"queues", broker.queues},
        {"pipes", broker.pipes},
        {"connections", broker.connections},
        {"sessions", broker.sessions},
        {"in", broker.put_total},
        {"out", broker.get_total},
        {"depth", broker.ready},
        {"bytes", broker.ready_bytes},
        {"unacked", broker.assigned},
        {"blocked", broker.putters},
        {"waiting", broker.getters},
        {"joining", broker.joiners},
        {"paused", broker.paused},
        {"memory", broker.memory_used},
        {"memory_max", broker.memory_max},
        {"pending", broker.pending_used},
        {"pending_max", broker.pending_max},
        {"fds", broker.descriptors_used},
        {"fds_max", broker.descriptors_max},
    };
    JsonText out;
    out.begin_object();
    for (const auto& [name, value] : figures) {
        out.key(name).number(std::min(value, exact_number_max));
    }
    write_times(out.key("times"), broker.operation_times);
    std::string text = out.end_object().take();
    if (text == totals_text_) return;
    totals_text_ = std::move(text);
    totals_changed_ = mirror_.version();
}

void State::encode_attention(std::vector<Attention> lines)
{
    if (lines == attention_) return;
    attention_ = std::move(lines);
    JsonText out;
    out.begin_array();
    for (const Attention& line : attention_) {
        out.begin_object().key("code").text(line.code);
        out.key("lvl").text(line.is_warning ? "warning" : "note");
        if (!line.queue.empty()) out.key("queue").text(line.queue).key("id").number(line.object);
        out.key("since").number(mirror_.moment_ms(line.since));
        out.key("text").text(line.text).end_object();
    }
    attention_text_ = out.end_array().take();
    attention_changed_ = mirror_.version();
}

void State::write_events(JsonText& out, std::uint64_t since) const
{
    const auto& events = mirror_.events();
    auto first = events.end();
    for (std::size_t i = 0; i < events_in_frame_max && first != events.begin(); ++i) {
        if (std::prev(first)->version <= since) break;
        --first;
    }
    out.key("events").begin_array();
    for (; first != events.end(); ++first) {
        const Event& event = first->event;
        out.begin_object().key("seq").number(event.number).key("lvl").text(event.level);
        out.key("code").text(event.code).key("at").number(mirror_.moment_ms(event.at));
        out.key("fields").begin_object();
        for (const auto& [name, value] : event.fields) out.key(name).text(value);
        out.end_object().end_object();
    }
    out.end_array();
}

Piece State::whole_head()
{
    if (whole_) return whole_;
    JsonText out;
    out.begin_object().key("ver").number(mirror_.version()).key("now").number(mirror_.now_ms());
    out.key("tot").raw(totals_text_.empty() ? "{}" : totals_text_);
    out.key("attention").raw(attention_text_);
    write_events(out, 0);
    whole_ = std::make_shared<const std::string>(out.take().substr(1));  // an object goes on
    return whole_;
}

State::DeltaHead State::delta_head(std::uint64_t from)
{
    const auto known = deltas_.find(from);
    if (known != deltas_.end()) return known->second;
    const auto& events = mirror_.events();
    const bool has_events = !events.empty() && events.back().version > from;
    const bool changed = totals_changed_ > from || attention_changed_ > from || has_events;
    JsonText out;
    out.begin_object().key("from").number(from).key("ver").number(mirror_.version());
    out.key("now").number(mirror_.now_ms());
    if (totals_changed_ > from) out.key("tot").raw(totals_text_);
    if (attention_changed_ > from) out.key("attention").raw(attention_text_);
    if (has_events) write_events(out, from);
    DeltaHead head{std::make_shared<const std::string>(out.take().substr(1)), changed};
    deltas_.emplace(from, head);
    return head;
}

Piece State::history()
{
    if (history_piece_) return history_piece_;
    JsonText out;
    out.begin_object().key("t").text("hist");
    history_.write(out, mirror_);
    history_piece_ = std::make_shared<const std::string>(out.end_object().take());
    return history_piece_;
}

std::string State::snapshot(const std::vector<ViewSpec>& specs)
{
    JsonText out;
    out.begin_object().key("t").text("snap").key("boot").text(mirror_.boot());
    out.raw(*whole_head()).key("views").begin_object();
    for (const ViewSpec& spec : specs) out.key(name_of(spec.kind)).raw(*views_.whole(spec));
    return out.end_object().end_object().take();
}

std::string State::metrics(std::size_t queues_max) const
{
    std::vector<QueueRow> queues;
    for (const auto& [id, entry] : mirror_.queues().rows()) queues.push_back(entry.row);
    std::vector<ConnectionStat> connections;
    for (const auto& [id, entry] : mirror_.connections().rows()) connections.push_back(entry.row);
    return metrics_text(mirror_.broker(), queues, connections, read_at_, queues_max);
}

std::string_view name_of(Kind kind)
{
    switch (kind) {
        case Kind::queues:
            return "queues";
        case Kind::pipes:
            return "pipes";
        case Kind::connections:
            return "connections";
        case Kind::waits:
            return "waits";
    }
    return "";
}

}  // namespace penstock::bridge
