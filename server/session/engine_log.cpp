// What befalls the Engine, told to the log and to those who ask.
#include "server/session/engine.hpp"

#include <algorithm>
#include <utility>

namespace penstock::session {

namespace {

LogEvent entry(LogLevel level, std::string_view event, const Peer& peer, std::string_view text)
{
    LogEvent entry{level, event, {{"conn", std::to_string(peer.id)}, {"peer", peer.info.address}}};
    if (!peer.client_name.empty()) entry.fields.emplace_back("client", peer.client_name);
    if (!text.empty()) entry.fields.emplace_back("text", std::string(text));
    return entry;
}

}  // namespace

void Engine::report(LogEvent event, std::string_view source, TimePoint now)
{
    set_now(now);
    note(std::move(event), source);
}

void Engine::tell(LogEvent event, TimePoint now)
{
    set_now(now);
    facts_.events.count(event.event);
    facts_.events.add(event, now);
    log_.push_back(std::move(event));
}

void Engine::end_log()
{
    log_limit_.end(log_);
}

std::vector<LogEvent> Engine::take_log()
{
    return std::exchange(log_, {});
}

void Engine::log(LogLevel level, std::string_view event, const Peer& peer, std::string_view text)
{
    note(entry(level, event, peer, text), peer.info.user, log_lines_max);
}

void Engine::log_refusal(std::string_view event,
                         const Peer& peer,
                         std::string_view text,
                         LogLevel level)
{
    note(entry(level, event, peer, text), peer.info.user);
}

void Engine::note(LogEvent event, std::string_view source, std::size_t lines_max)
{
    facts_.events.count(event.event);
    const std::size_t before = log_.size();
    const bool logged = log_limit_.add(std::move(event), source, facts_.now, log_, lines_max);
    remember_log(before);
    if (!logged) facts_.events.skip();
}

void Engine::end_log_intervals()
{
    const std::size_t before = log_.size();
    log_limit_.expire(facts_.now, log_);
    remember_log(before);
}

/// The lines from `begin` on are new.
void Engine::remember_log(std::size_t begin)
{
    for (std::size_t i = begin; i < log_.size(); ++i) facts_.events.add(log_[i], facts_.now);
}

}  // namespace penstock::session
