// What is known of the broker, its queues and its pipes, as READ answers it.
#pragma once

#include "common/wire/bodies.hpp"
#include "common/wire/changes.hpp"
#include "server/core/broker.hpp"
#include "server/session/broker_facts.hpp"

namespace penstock::session {

/// Sessions of each kind that a queue's row names.
inline constexpr std::size_t row_sessions_max = 16;

[[nodiscard]] wire::BrokerBody broker_body(const core::Broker& broker,
                                           BrokerFacts& facts,
                                           const wire::BootId& boot);
[[nodiscard]] wire::QueueBody to_body(core::QueueStats&& stats, const BrokerFacts& facts);
[[nodiscard]] wire::QueueRowBody to_row(const core::Queue& queue, const BrokerFacts& facts);
[[nodiscard]] wire::PipeBody to_row(const core::Pipe& pipe, const BrokerFacts& facts);

}  // namespace penstock::session
