// The calls of async::Admin. Not for programs: everything here may change.
#pragma once

#include <penstock/admin.hpp>
#include <penstock/async/detail/calls.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace penstock::async::detail {

struct PeekSpec {
    std::string name;
    std::size_t count = 0;
    std::uint64_t offset = 0;
    std::uint32_t head_size_max = 0;
};

struct MoveSpec {
    QueueRef from;
    std::string to;
    std::uint64_t count = 0;
};

void start_list(const ConnectionPtr& connection, HandlerOf<std::vector<QueueStat>> handler);
void start_stat(const ConnectionPtr& connection, std::string name, HandlerOf<QueueStat> handler);
void start_broker_stat(const ConnectionPtr& connection, HandlerOf<BrokerStat> handler);
void start_peek(const ConnectionPtr& connection,
                PeekSpec spec,
                HandlerOf<std::vector<PeekedItem>> handler);
void start_queue_changes(const ConnectionPtr& connection,
                         std::uint64_t since,
                         HandlerOf<Changes<QueueRow>> handler);
void start_pipe_changes(const ConnectionPtr& connection,
                        std::uint64_t since,
                        HandlerOf<Changes<PipeStat>> handler);
void start_connection_changes(const ConnectionPtr& connection,
                              std::uint64_t since,
                              HandlerOf<Changes<ConnectionStat>> handler);
void start_events(const ConnectionPtr& connection, std::uint64_t since, HandlerOf<Events> handler);
void start_purge(const ConnectionPtr& connection, QueueRef queue, HandlerOf<std::uint64_t> handler);
void start_remove(const ConnectionPtr& connection,
                  QueueRef queue,
                  HandlerOf<std::uint64_t> handler);
void start_pause(const ConnectionPtr& connection, QueueRef queue, HandlerOf<> handler);
void start_resume(const ConnectionPtr& connection, QueueRef queue, HandlerOf<> handler);
void start_move(const ConnectionPtr& connection, MoveSpec spec, HandlerOf<std::uint64_t> handler);
void start_kick(const ConnectionPtr& connection, std::uint64_t id, HandlerOf<> handler);

}  // namespace penstock::async::detail
