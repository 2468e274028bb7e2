#include "client/cli/metrics.hpp"

#include "client/cli/all_rows.hpp"
#include "client/cli/json.hpp"
#include "client/cli/streams.hpp"

#include <penstock/metrics.hpp>

#include <chrono>
#include <string>

namespace penstock::cli {

namespace {

constexpr VerbHelp help{
    "metrics",
    "Print the broker's figures for Prometheus.",
    "  penstock metrics > /var/lib/node_exporter/textfile/penstock.prom\n"
    "  penstock metrics | grep queue_depth\n"
    "  penstock metrics | promtool check metrics",
    "The text that a broker's monitor serves at /metrics. At most 1000 queues have series\n"
    "of their own, by name; the others are added up as queue=\"_other\"."};

}  // namespace

Metrics::Metrics(CLI::App& app, Globals& globals) : Verb(app, globals, help) {}

ExitCode Metrics::run()
{
    Client client = connect(globals().timeout);
    const Admin admin = client.admin();
    const auto queues = all_rows(
        +[](const QueueRow& row) { return row.stat.object; },
        [&](std::uint64_t since) { return admin.queue_changes(since); });
    const auto connections = all_rows(
        +[](const ConnectionStat& stat) { return stat.id; },
        [&](std::uint64_t since) { return admin.connection_changes(since); });
    const BrokerStat broker = admin.broker_stat();
    const std::string text =
        metrics_text(broker, queues, connections, std::chrono::system_clock::now());
    if (globals().json) {
        auto document = json_document();
        document["format"] = "prometheus";
        document["text"] = text;
        write_json(document);
    } else {
        write_out(text);
    }
    return ExitCode::done;
}

}  // namespace penstock::cli
