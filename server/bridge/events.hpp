// The codes of the monitor's lines in the log, stable as those of the broker
// (server/session/events.hpp). docs/operations.md lists each, and a test compares the two.
#pragma once

#include <string_view>

namespace penstock::bridge::events {

/// Its address is open; the tokens lie in the file.
inline constexpr std::string_view monitor_listening = "monitor_listening";
/// It can't be served, and nobody asked for it: the broker goes on without.
inline constexpr std::string_view monitor_failed = "monitor_failed";
/// Nobody had named a port, and the default one is somebody else's: it took a free one.
inline constexpr std::string_view monitor_port_taken = "monitor_port_taken";
/// It has a session with the broker.
inline constexpr std::string_view monitor_connected = "monitor_connected";
/// It has none, and tries again; the text says why. Each reason once.
inline constexpr std::string_view monitor_away = "monitor_away";
/// A browser came.
inline constexpr std::string_view monitor_opened = "monitor_opened";
/// A browser left.
inline constexpr std::string_view monitor_closed = "monitor_closed";
/// An operator gave a command by it.
inline constexpr std::string_view monitor_command = "monitor_command";

}  // namespace penstock::bridge::events
