#include <penstock/metrics.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock {

namespace {

constexpr std::string_view other_queues = "_other";

/// The events with which a connection ends, each once for it.
constexpr std::string_view closing_events[] = {
    "auth_failed",
    "connection_refused",
    "handshake_displaced",
    "handshake_timeout",
    "left_before_session",
    "manager_refused",
    "owner_died",
    "peer_does_not_read",
    "peer_holds_too_much",
    "peer_refused",
    "peer_unreachable",
    "protocol_error",
    "session_cut",
    "session_ended",
    "session_kicked",
    "session_refused",
};

std::string text_of(double value)
{
    std::array<char, 32> text{};
    const auto [end, ec] = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), end};
}

template <class Time>
double seconds(Time time)
{
    return std::chrono::duration<double>(time).count();
}

/// name="value", with what must be escaped in a value.
std::string label(std::string_view name, std::string_view value)
{
    std::string text(name);
    text += "=\"";
    for (const char character : value) {
        if (character == '\n') {
            text += "\\n";
            continue;
        }
        if (character == '\\' || character == '"') text += '\\';
        text += character;
    }
    return text + '"';
}

class Page {
public:
    /// The samples of the family follow.
    void family(std::string_view name, std::string_view type, std::string_view help)
    {
        name_ = name;
        (((text_ += "# HELP ") += name) += ' ') += help;
        ((((text_ += "\n# TYPE ") += name) += ' ') += type) += '\n';
    }

    void sample(std::string_view labels, std::uint64_t value)
    {
        add("", labels, std::to_string(value));
    }
    void sample(std::string_view labels, double value) { add("", labels, text_of(value)); }
    /// Of a histogram: "_bucket", "_sum", "_count".
    void sample(std::string_view suffix, std::string_view labels, std::string_view value)
    {
        add(suffix, labels, value);
    }

    /// A family of one.
    template <class Value>
    void gauge(std::string_view name, std::string_view help, Value value)
    {
        family(name, "gauge", help);
        sample("", value);
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    void add(std::string_view suffix, std::string_view labels, std::string_view value)
    {
        (text_ += name_) += suffix;
        if (!labels.empty()) ((text_ += '{') += labels) += '}';
        ((text_ += ' ') += value) += '\n';
    }

    std::string name_;
    std::string text_;
};

/// What is said of a queue, or of several together.
struct QueueFigures {
    std::uint64_t put_total = 0;
    std::uint64_t get_total = 0;
    std::uint64_t ready = 0;
    std::uint64_t ready_bytes = 0;
    std::uint64_t assigned = 0;
    std::uint64_t putters = 0;
    std::uint64_t getters = 0;
    std::uint64_t paused = 0;
    Duration oldest{};  // its age

    void add(const QueueStat& stat, Duration uptime)
    {
        put_total += stat.put_total;
        get_total += stat.get_total;
        ready += stat.ready;
        ready_bytes += stat.ready_bytes;
        assigned += stat.assigned;
        putters += stat.putters;
        getters += stat.getters;
        if (stat.paused) ++paused;
        if (stat.oldest) oldest = std::max(oldest, uptime - *stat.oldest);
    }
};

/// By their labels.
using QueueTable = std::vector<std::pair<std::string, QueueFigures>>;

QueueTable table_of(std::span<const QueueRow> queues, Duration uptime, std::size_t queues_max)
{
    std::vector<const QueueStat*> by_name;
    for (const QueueRow& row : queues) by_name.push_back(&row.stat);
    std::ranges::sort(
        by_name, {}, [](const QueueStat* stat) { return std::string_view(stat->name); });
    QueueTable table;
    QueueFigures others;
    bool any_others = false;
    for (const QueueStat* stat : by_name) {
        // One that is really called so would have the same series as those.
        const bool is_other = table.size() >= queues_max || stat->name == other_queues;
        any_others |= is_other;
        if (!is_other) table.emplace_back(label("queue", stat->name), QueueFigures());
        (is_other ? others : table.back().second).add(*stat, uptime);
    }
    if (any_others) table.emplace_back(label("queue", other_queues), others);
    return table;
}

struct QueueFamily {
    const char* name;
    const char* type;
    const char* help;
    std::uint64_t QueueFigures::*member;
};

constexpr QueueFamily queue_families[] = {
    {"penstock_messages_put_total",
     "counter",
     "Items that were put, since the queue was created.",
     &QueueFigures::put_total},
    {"penstock_messages_got_total",
     "counter",
     "Items that were handed out, since the queue was created.",
     &QueueFigures::get_total},
    {"penstock_queue_depth", "gauge", "Items that can be got.", &QueueFigures::ready},
    {"penstock_queue_bytes",
     "gauge",
     "Bytes of the items that can be got.",
     &QueueFigures::ready_bytes},
    {"penstock_queue_assigned",
     "gauge",
     "Items that were handed out and are not acknowledged yet.",
     &QueueFigures::assigned},
    {"penstock_queue_blocked_producers", "gauge", "Puts that wait.", &QueueFigures::putters},
    {"penstock_queue_waiting_consumers", "gauge", "Gets that wait.", &QueueFigures::getters},
    {"penstock_queue_paused",
     "gauge",
     "1 while an operator holds the queue: nothing is handed out.",
     &QueueFigures::paused},
};

void add_queues(Page& page,
                std::span<const QueueRow> queues,
                Duration uptime,
                std::size_t queues_max)
{
    const QueueTable table = table_of(queues, uptime, queues_max);
    for (const auto& [name, type, help, member] : queue_families) {
        page.family(name, type, help);
        for (const auto& [labels, figures] : table) page.sample(labels, figures.*member);
    }
    page.family("penstock_queue_oldest_age_seconds",
                "gauge",
                "How long ago the item was put that has waited longest; 0: there is none.");
    for (const auto& [labels, figures] : table) page.sample(labels, seconds(figures.oldest));
}

/// "unix", "tcp", or "inside": the broker's own monitor.
std::string_view transport_of(std::string_view address)
{
    return address.substr(0, address.find(':'));
}

void add_connections(Page& page,
                     const BrokerStat& broker,
                     std::span<const ConnectionStat> connections)
{
    std::map<std::string, std::uint64_t> counts;
    for (const ConnectionStat& stat : connections) {
        ++counts[label("transport", transport_of(stat.address)) + "," + label("state", stat.state)];
    }
    page.family("penstock_connections", "gauge", "Connections that are open.");
    for (const auto& [labels, count] : counts) page.sample(labels, count);
    page.family("penstock_connections_opened_total", "counter", "Connections that were accepted.");
    page.sample(label("transport", "unix"), broker.unix_connections_total);
    page.sample(label("transport", "tcp"), broker.tcp_connections_total);
    page.family("penstock_sessions", "gauge", "Clients.");
    page.sample(label("state", "live"), broker.sessions);
}

void add_events(Page& page, const BrokerStat& broker)
{
    std::map<std::string_view, std::uint64_t> counts;
    for (const EventCount& event : broker.event_counts) counts[event.code] = event.count;
    page.family("penstock_events_total",
                "counter",
                "Events by their code in the log, those that it left out, too.");
    for (const auto& [code, count] : counts) page.sample(label("code", code), count);
    page.family("penstock_connections_closed_total",
                "counter",
                "Connections that ended, by the event that ended them.");
    for (const std::string_view code : closing_events) {
        page.sample(label("reason", code), counts[code]);
    }
    page.family("penstock_auth_failures_total",
                "counter",
                "Connections that failed to authenticate: by a key, or by who connected.");
    page.sample(label("method", "key"), counts["auth_failed"]);
    page.sample(label("method", "peer"), counts["peer_refused"]);
    page.family("penstock_frames_rejected_total", "counter", "Frames that broke the protocol.");
    page.sample(label("reason", "protocol_error"), counts["protocol_error"]);
    page.family("penstock_slow_readers_disconnected_total",
                "counter",
                "Connections that were closed because they left too much unread.");
    page.sample("", counts["peer_does_not_read"]);
}

std::string_view name_of(WaitKind kind)
{
    switch (kind) {
        case WaitKind::put:
            return "put";
        case WaitKind::get:
            return "get";
        case WaitKind::join:
            break;
    }
    return "join";
}

void add_times(Page& page, const std::vector<OperationTimes>& all)
{
    page.family("penstock_op_duration_seconds",
                "histogram",
                "How long operations took from their arrival to their answer.");
    for (const OperationTimes& times : all) {
        const std::string op = label("op", name_of(times.kind));
        std::uint64_t count = 0;
        for (std::size_t i = 0; i < times.counts.size(); ++i) {
            count += times.counts[i];
            const bool is_last = i == std::size(OperationTimes::bounds);
            const std::string bound =
                is_last ? "+Inf" : text_of(seconds(OperationTimes::bounds[i]));
            page.sample("_bucket", op + "," + label("le", bound), std::to_string(count));
        }
        page.sample("_sum", op, text_of(seconds(times.sum)));
        page.sample("_count", op, std::to_string(count));
    }
}

void add_memory(Page& page, const BrokerStat& broker)
{
    page.family("penstock_memory_bytes",
                "gauge",
                "Memory in use: by items, and by what waits, results, handles and unread output.");
    page.sample(label("kind", "items"), broker.memory_used);
    page.sample(label("kind", "pending"), broker.pending_used);
    page.family("penstock_memory_max_bytes", "gauge", "Above this, puts wait or are refused.");
    page.sample(label("kind", "items"), broker.memory_max);
    page.sample(label("kind", "pending"), broker.pending_max);
    page.gauge("penstock_open_fds", "Descriptors of connections.", broker.descriptors_used);
    page.gauge(
        "penstock_max_fds", "Above this, no connection is accepted.", broker.descriptors_max);
}

}  // namespace

std::string metrics_text(const BrokerStat& broker,
                         std::span<const QueueRow> queues,
                         std::span<const ConnectionStat> connections,
                         std::chrono::system_clock::time_point now,
                         std::size_t queues_max)
{
    Page page;
    page.family("penstock_build_info", "gauge", "1, with the version of the broker's program.");
    page.sample(label("version", broker.version), std::uint64_t{1});
    page.gauge("penstock_start_time_seconds",
               "When the broker began, in seconds since 1970.",
               seconds(now.time_since_epoch()) - seconds(broker.uptime));
    page.gauge("penstock_queues", "Queues that there are.", broker.queues);
    page.gauge("penstock_pipes", "Pipes with a name.", broker.pipes);
    add_connections(page, broker, connections);
    add_queues(page, queues, broker.uptime, queues_max);
    add_times(page, broker.operation_times);
    add_memory(page, broker);
    add_events(page, broker);
    return page.take();
}

}  // namespace penstock
