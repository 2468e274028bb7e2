// Client::pipe: the meeting of two parties at a name.
#include "client/src/blocking/connection.hpp"
#include "client/src/blocking/named_ends.hpp"
#include "client/src/complete_error.hpp"
#include "client/src/protocol/relayed_messages.hpp"
#include "client/src/protocol/requests.hpp"

#include <penstock/client.hpp>

#include <memory>
#include <string>
#include <utility>

namespace penstock {

detail::PipeEndHandle Client::open_pipe(std::string_view name,
                                        End end,
                                        Duration timeout,
                                        std::error_code& ec)
{
    if (!may_open(name, ec)) return {};
    const wire::HandleId id = connection_->new_handle();
    io::Descriptor socket;
    const protocol::Answer answer = connection_->call(
        protocol::open_pipe(id, name, end), timeout, protocol::Acknowledge::when_told, &socket);
    ec = answer.ec;
    if (ec) return {};
    auto handle =
        io::make_process_bound<blocking::Handle>(connection_, id, std::string(name), false);
    if (!protocol::passes_socket(answer, static_cast<bool>(socket), ec)) {
        return detail::PipeEndHandle(io::make_process_bound<blocking::RelayedEnd>(
            connection_, std::move(handle), PipeOptions()));
    }
    if (ec) return {};
    auto direct = blocking::DirectEnd::make(std::move(socket),
                                            PipeOptions(),
                                            {},
                                            "pipe '" + std::string(name) + "'",
                                            {},
                                            blocking::Children::are_without);
    return detail::PipeEndHandle(
        io::make_process_bound<blocking::PassedEnd>(std::move(handle), std::move(direct)));
}

void Client::throw_pipe_error(std::error_code ec, std::string_view name)
{
    if (ec == errc::options_differ) {
        throw CompleteError(ec, "pipe '" + std::string(name) + "': there is a queue of that name");
    }
    throw_named_error(ec, "pipe", name);
}

}  // namespace penstock
