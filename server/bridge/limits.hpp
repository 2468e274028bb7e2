// The limits of the bridge, each with a name. docs/monitor.md lists them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace penstock::bridge {

/// The bridge's clock, which never jumps. Only the I/O shell asks it.
using TimePoint = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// What the browser and we say at first.
inline constexpr int live_protocol = 1;

// Of one browser.
inline constexpr std::size_t message_size_max = 4096;
inline constexpr int messages_per_second_max = 20;
inline constexpr std::size_t views_max = 6;
/// No frame is longer: 6 views of 200 rows, of at most two names of 200 bytes and some figures.
inline constexpr std::size_t frame_size_max = 1024 * 1024;
inline constexpr std::uint32_t rows_max = 200;
inline constexpr std::size_t filter_size_max = 200;
inline constexpr std::size_t commands_under_way_max = 16;
inline constexpr std::size_t replies_waiting_max = 32;
inline constexpr milliseconds tick_min{250};
inline constexpr milliseconds tick_default{1000};
inline constexpr milliseconds tick_max{10'000};
inline constexpr milliseconds heartbeat_min{2000};
inline constexpr milliseconds heartbeat_max{5000};
inline constexpr seconds hello_time_max{5};
inline constexpr seconds acknowledge_time_max{30};

// Of what is mirrored.
inline constexpr std::size_t rows_kept_max = 50'000;  // of each kind
inline constexpr std::size_t tombstones_max = 4096;   // of each kind
inline constexpr std::chrono::minutes tombstone_age_max{10};
inline constexpr std::size_t events_kept_max = 500;
inline constexpr std::size_t events_in_frame_max = 50;
inline constexpr std::size_t views_cached_max = 128;
inline constexpr std::size_t pages_cached_max = 8;  // of each view
inline constexpr std::size_t history_size = 900;    // one a second
inline constexpr std::size_t attention_max = 50;

// Of HTTP.
inline constexpr std::size_t monitors_max = 64;
inline constexpr std::size_t connections_max = 64;  // not upgraded
inline constexpr std::size_t connections_of_peer_max = 16;
inline constexpr std::uint32_t header_size_max = 8 * 1024;
inline constexpr std::uint64_t body_size_max = 64 * 1024;
inline constexpr seconds request_time_max{5};
inline constexpr seconds idle_time_max{30};
inline constexpr std::size_t tickets_max = 256;
inline constexpr seconds ticket_time_max{30};

// Of the link to the broker.
inline constexpr milliseconds reconnect_min{100};
inline constexpr milliseconds reconnect_max{5000};
inline constexpr seconds reading_time_max{10};
/// How old what an HTTP request is answered from may be.
inline constexpr seconds answer_age_max{1};

}  // namespace penstock::bridge
