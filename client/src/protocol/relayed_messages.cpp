#include "client/src/protocol/relayed_messages.hpp"

#include "common/wire/bodies.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <utility>

namespace penstock::protocol {

std::error_code RelayedMessages::add(std::vector<detail::RawItem> items, std::error_code ec)
{
    for (detail::RawItem& item : items) {
        here_.push_back({std::move(item.bytes), item.content_type});
    }
    if (ec == errc::eof || ec == errc::disconnected) ended_ = ec;
    return to_pipe_code(ec);
}

detail::RawMessage RelayedMessages::take(std::size_t maxlength, std::error_code& ec)
{
    detail::RawMessage message = std::move(here_.front());
    here_.pop_front();
    if (message.bytes.size() <= std::min(maxlength, size_max_)) return message;
    // As where the rest of the stream could not be told from it.
    here_.clear();
    ended_ = errc::unsupported;
    ec = errc::too_large;
    return {};
}

std::error_code to_pipe_code(std::error_code ec)
{
    if (ec == errc::full || ec == errc::empty) return errc::timed_out;
    return ec;
}

bool passes_socket(const Answer& opened, bool came, std::error_code& ec)
{
    const auto body = wire::decode_open_body(opened.body.to_bytes());
    if (!body || body->transport != wire::Transport::descriptor) return false;
    // It came, and this process had no room for it.
    if (!came) ec = std::make_error_code(std::errc::too_many_files_open);
    return true;
}

}  // namespace penstock::protocol
