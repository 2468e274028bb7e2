#include "client/src/io/connecting.hpp"

#include "client/src/hmac.hpp"
#include "client/src/io/dial.hpp"
#include "client/src/io/key_file.hpp"
#include "client/src/io/last_error.hpp"
#include "client/src/io/socket_peer.hpp"
#include "common/base/utf8.hpp"
#include "common/wire/handshake.hpp"
#include "common/wire/limits.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace penstock::io {

namespace {

std::string default_name()
{
    const std::string pid = ":" + std::to_string(::getpid());
    std::string name = program_invocation_short_name;
    if (!base::valid_utf8(name) || name.size() + pid.size() > wire::name_size_max) name = "program";
    return name + pid;
}

Key find_key(std::string_view key_file)
{
    const char* from_environment = std::getenv("PENSTOCK_KEY_FILE");
    if (key_file.empty() && from_environment != nullptr) key_file = from_environment;
    if (key_file.empty()) return {};
    return read_key_file(std::string(key_file));
}

wire::Hello hello_as(std::string name)
{
    wire::Hello hello;
    hello.version_min = wire::protocol_version;
    hello.version_max = wire::protocol_version;
    // A window of 0: there is no resuming yet, so the broker need not keep the session for it.
    hello.wanted = {
        .window_ms = 0, .max_ops = wire::session_ops_max, .max_bytes = wire::session_put_bytes_max};
    hello.client_name = std::move(name);
    hello.pid = static_cast<std::uint32_t>(::getpid());
    hello.answers_pings = false;  // nobody reads while the program is busy with something else
    return hello;
}

Connecting impossible(std::error_code ec, std::string text)
{
    Connecting result;
    result.ec = ec;
    result.text = std::move(text);
    return result;
}

constexpr const char* given_socket = "the given socket";

Dialled unusable(std::error_code ec)
{
    Dialled dialled;
    dialled.ec = ec;
    return dialled;
}

}  // namespace

Connecting prepare(std::string_view text, const ConnectOptions& options)
{
    Descriptor socket(options.socket);  // ours from here on, whatever comes
    std::string name = options.name.empty() ? default_name() : std::string(options.name);
    if (name.size() > wire::name_size_max || !base::valid_utf8(name)) {
        return impossible(std::make_error_code(std::errc::invalid_argument),
                          "a client's name is UTF-8 of at most 200 bytes");
    }
    if (socket && !text.empty()) {
        return impossible(std::make_error_code(std::errc::invalid_argument),
                          "give an address or a socket, not both");
    }
    Address address = socket ? Address() : find_address(text);
    if (address.ec) return impossible(address.ec, std::move(address.text));
    Key key = find_key(options.key_file);
    if (key.ec) return impossible(key.ec, std::move(key.text));

    Connecting result;
    const bool is_tcp = !socket && address.endpoint.family == base::Endpoint::Family::tcp;
    result.session.require_challenge = !key.bytes.empty() && is_tcp;
    result.session.key = std::move(key.bytes);
    result.session.nonce = random_nonce();
    result.session.hello = hello_as(std::move(name));
    result.where = socket ? given_socket : to_string(address.endpoint);
    result.endpoint = std::move(address.endpoint);
    result.socket = std::move(socket);
    return result;
}

Dialled take_over(Descriptor socket)
{
    int type = 0;
    socklen_t size = sizeof(type);
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
        return unusable(last_error());
    }
    if (type != SOCK_STREAM) return unusable(std::make_error_code(std::errc::wrong_protocol_type));
    const SocketPeer peer = peer_of(socket.get());
    if (peer.ec) return unusable(peer.ec);
    if (peer.tcp) set_tcp_options(socket.get());
    const int fd = socket.release();
    Dialled dialled;
    dialled.socket = Descriptor::session_socket(fd);
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) {
        return unusable(last_error());
    }
    return dialled;
}

std::string dial_text(const std::string& where, const Dialled& dialled)
{
    const std::error_code& ec = dialled.ec;
    if (!dialled.text.empty()) return "connect to " + where + ": " + dialled.text;
    const bool nobody =
        ec == std::errc::no_such_file_or_directory || ec == std::errc::connection_refused;
    if (!nobody) return "connect to " + where + ": " + ec.message();
    return "no broker at " + where + ": " + ec.message() +
           "; start penstockd there, or set PENSTOCK_URL";
}

/// `why` is what the session said at its end.
std::string open_text(const std::string& where,
                      const std::error_code& ec,
                      const std::string& why,
                      std::optional<std::uint32_t> broker_uid)
{
    std::string text = "connect to " + where + ": " + (why.empty() ? ec.message() : why);
    if (why == wire::turned_away && broker_uid) {
        text += "; whoever runs it (user " + std::to_string(*broker_uid) +
                ") can: penstockd --allow " + std::to_string(::geteuid());
    }
    // What was wrong with the bytes says little to who does not know that they were.
    if (ec == errc::protocol) text += ": " + ec.message();
    return text;
}

std::string cut_text(const std::string& where, const std::error_code& ec, const std::string& why)
{
    std::string text = "the connection to " + where + " is cut: ";
    text += why.empty() ? ec.message() : why;
    if (ec == errc::protocol) text += ": " + ec.message();
    return text;
}

}  // namespace penstock::io
