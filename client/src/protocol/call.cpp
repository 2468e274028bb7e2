#include "client/src/protocol/call.hpp"

#include <algorithm>
#include <type_traits>

namespace penstock::protocol {

namespace {

template <class T, class... List>
inline constexpr bool is_one_of = (std::is_same_v<T, List> || ...);

}  // namespace

bool is_kept(const Request& request)
{
    return !std::holds_alternative<wire::Read>(request) &&
           !std::holds_alternative<wire::Ping>(request);
}

bool may_wait(const Request& request)
{
    const auto* read = std::get_if<wire::Read>(&request);
    return is_kept(request) || (read != nullptr && read->what == wire::ReadWhat::ready);
}

bool is_doubtful(const Request& request)
{
    return std::visit(
        []<class T>(const T&) {
            return is_one_of<T, wire::Put, wire::TaskDone, wire::Shutdown, wire::Admin>;
        },
        request);
}

std::uint32_t ops_of(const Request& request)
{
    const auto* put = std::get_if<wire::Put>(&request);
    return put == nullptr ? 1 : static_cast<std::uint32_t>(put->sizes.size());
}

wire::HandleId handle_of(const Request& request)
{
    return std::visit(
        []<class T>(const T& message) -> wire::HandleId {
            if constexpr (is_one_of<T, wire::Admin, wire::Ping>) {
                return 0;
            } else if constexpr (std::is_same_v<T, wire::Read>) {
                return message.handles.size() == 1 ? message.handles.front() : 0;
            } else {
                return message.handle;
            }
        },
        request);
}

bool uses(const Request& request, wire::HandleId handle)
{
    if (handle_of(request) == handle) return true;
    const auto* get = std::get_if<wire::Get>(&request);
    return get != nullptr && std::ranges::find(get->further, handle) != get->further.end();
}

void set_timeout(Request& request, std::uint32_t timeout_ms)
{
    std::visit(
        [timeout_ms]<class T>(T& message) {
            if constexpr (is_one_of<T, wire::Open, wire::Put, wire::Get, wire::Join, wire::Read>) {
                message.timeout_ms = timeout_ms;
            }
        },
        request);
}

}  // namespace penstock::protocol
