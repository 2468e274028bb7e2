#include "server/session/pipe_sockets.hpp"

#include <initializer_list>

namespace penstock::session {

PassedSocketPtr PipeSockets::take(const core::Pipe& pipe)
{
    if (const auto second = second_.find(pipe.id()); second != second_.end()) {
        PassedSocketPtr socket = std::move(second->second);
        second_.erase(second);
        return socket;
    }
    const UserId left = pipe.party(core::End::left).user;
    const UserId right = pipe.party(core::End::right).user;
    for (const UserId user : {left, right}) {
        if (!shares_.may_take(user, Resource::passed_sockets, left == right ? 2 : 1)) return {};
    }
    PassedSockets pair = pairs_->make();
    if (!pair.first || !pair.second) return {};
    for (const UserId user : {left, right}) shares_.take(user, Resource::passed_sockets, 1);
    second_.emplace(pipe.id(), std::move(pair.second));
    return std::move(pair.first);
}

}  // namespace penstock::session
