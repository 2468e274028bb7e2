// The tags of every field, frame by frame. The numbers are the wire's: never reuse one.
// docs/protocol.md, sections 3.5, 3.6 and 3.9.
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock::wire::tag {

using Tag = std::uint16_t;

namespace hello {
inline constexpr Tag magic = 1, versions = 2, wanted = 3, client_name = 4, pid = 5,
                     answers_pings = 6;
/// A stranger who found the port by chance doesn't say this.
inline constexpr std::string_view magic_value = "PENSTOCK";
}  // namespace hello

namespace welcome {
inline constexpr Tag version = 1, granted = 2, session = 3, boot = 4, epoch = 5, secret = 6;
}  // namespace welcome

namespace resume {
inline constexpr Tag session = 1, epoch = 2, proof = 3, next_op = 4;
}  // namespace resume

namespace resumed {
inline constexpr Tag epoch = 1, boot = 2, highest = 3, incomplete = 4;
}  // namespace resumed

namespace refused {
inline constexpr Tag reason = 1, boot = 2, text = 3;
}  // namespace refused

namespace goodbye {  // and BYE
inline constexpr Tag code = 1, retry_after_ms = 2, text = 3;
}  // namespace goodbye

namespace notice {
inline constexpr Tag code = 1, text = 2;
}  // namespace notice

namespace open {
inline constexpr Tag kind = 1, name = 2, maxsize = 3, mode = 4, role = 5, until_task_done = 6,
                     ends_with_producers = 7, ends_with_consumers = 8, producers_expected = 9;
}  // namespace open

namespace admin {
inline constexpr Tag verb = 1, name = 2, to = 3, count = 4, id = 5, object = 6;
}  // namespace admin

namespace read {
inline constexpr Tag what = 1, handles = 2, name = 3, next = 4, offset = 5, limit = 6,
                     item_bytes = 7, timeout_ms = 8, kind = 9, since = 10;
}  // namespace read

namespace open_body {
inline constexpr Tag boot = 1, object = 2, created = 3, maxsize = 4, transport = 5, uid = 6;
}  // namespace open_body

namespace queue_body {
inline constexpr Tag name = 1, kind = 2, object = 3, maxsize = 4, ready = 5, ready_bytes = 6,
                     assigned = 7, unfinished = 8, putters = 9, getters = 10, joiners = 11,
                     handles = 12, put_total = 13, get_total = 14, producers = 15, consumers = 16,
                     shut_down = 17, ended = 18, until_task_done = 19, ends_with_producers = 20,
                     ends_with_consumers = 21, paused = 22, created_ms = 23, oldest_ms = 24,
                     waits = 25, parties = 26;
}  // namespace queue_body

namespace broker_body {
inline constexpr Tag version = 1, protocol = 2, boot = 3, uptime_ms = 4, connections = 5,
                     sessions = 6, queues = 7, ready = 8, ready_bytes = 9, assigned = 10,
                     putters = 11, getters = 12, joiners = 13, put_total = 14, get_total = 15,
                     memory_used = 16, memory_max = 17, pending_used = 18, pending_max = 19,
                     pipes = 20, paused = 21, descriptors_used = 22, descriptors_max = 23,
                     unix_connections_total = 24, tcp_connections_total = 25, event_counts = 26,
                     operation_times = 27, monitor_address = 28, monitor_token_file = 29,
                     monitor_operators = 30;
}  // namespace broker_body

namespace list_body {
inline constexpr Tag queues = 1, next = 2;
}  // namespace list_body

namespace peek_body {
inline constexpr Tag items = 1, next = 2;
}  // namespace peek_body

namespace peek_item {
inline constexpr Tag seq = 1, attempts = 2, content_type = 3, size = 4, head = 5;
}  // namespace peek_item

namespace changes_body {
inline constexpr Tag version = 1, uptime_ms = 2, more = 3, from_start = 4, rows = 5, removed = 6;
}  // namespace changes_body

namespace wait_body {
inline constexpr Tag kind = 1, session = 2, operations = 3, since_ms = 4;
}  // namespace wait_body

namespace party_body {
inline constexpr Tag session = 1, producers = 2, consumers = 3;
}  // namespace party_body

namespace pipe_body {
inline constexpr Tag name = 1, object = 2, transport = 3, created_ms = 4, left_session = 5,
                     right_session = 6, from_left = 7, from_right = 8;
}  // namespace pipe_body

namespace pipe_line_body {
inline constexpr Tag messages = 1, bytes = 2, sent_total = 3, senders = 4, receivers = 5;
}  // namespace pipe_line_body

namespace connection_body {
inline constexpr Tag id = 1, session = 2, client = 3, address = 4, pid = 5, uid = 6, state = 7,
                     connected_ms = 8, last_heard_ms = 9, bytes_in = 10, bytes_out = 11,
                     handles = 12, waiting = 13, assigned = 14, unsent_bytes = 15;
}  // namespace connection_body

namespace event_body {
inline constexpr Tag number = 1, level = 2, code = 3, at_ms = 4, fields = 5;
}  // namespace event_body

namespace event_count {
inline constexpr Tag code = 1, count = 2;
}  // namespace event_count

namespace operation_times {
inline constexpr Tag kind = 1, counts = 2, sum_us = 3;
}  // namespace operation_times

namespace event_field {
inline constexpr Tag name = 1, value = 2;
}  // namespace event_field

namespace admin_body {
inline constexpr Tag dropped = 1, moved = 2;
}  // namespace admin_body

}  // namespace penstock::wire::tag
