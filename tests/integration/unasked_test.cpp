// Descriptors that a broker, or the other side of a pipe, sends and nobody asked for are closed.
// What brokers do is in rude_peer_test.py.
#include "common/wire/codec.hpp"
#include "common/wire/limits.hpp"
#include "tests/support/descriptor_along.hpp"
#include "tests/support/pipes.hpp"
#include "tests/support/temporary_folder.hpp"

#include <penstock/penstock.hpp>

#include <array>
#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using penstock::support::descriptors;
using penstock::support::RawPair;
using penstock::support::send_with_descriptor;
using penstock::support::TemporaryFolder;

namespace penstock {
namespace {

base::Bytes frame(wire::Header header, const wire::Message& message)
{
    base::ByteQueue out;
    wire::encode_frame(out, header, message);
    std::array<std::span<const std::byte>, 8> parts;
    const std::size_t n = out.gather(parts);
    base::Bytes bytes;
    for (std::size_t i = 0; i < n; ++i) {
        bytes.insert(bytes.end(), parts[i].begin(), parts[i].end());
    }
    return bytes;
}

/// A broker as far as a PING goes, whose every answer comes with a descriptor.
class GenerousBroker {
public:
    explicit GenerousBroker(const std::string& path)
        : listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
        EXPECT_EQ(::bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
        EXPECT_EQ(::listen(listening_, 1), 0);
        thread_ = std::thread([this] { run(); });
    }
    GenerousBroker(const GenerousBroker&) = delete;
    GenerousBroker& operator=(const GenerousBroker&) = delete;
    ~GenerousBroker()
    {
        thread_.join();
        ::close(listening_);
    }

private:
    void run()
    {
        client_ = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        constexpr std::string_view welcome("\0\0\0\x9#WELCOME#", 13);
        (void)!::write(client_, welcome.data(), welcome.size());
        if (!read_frame()) return;
        wire::Welcome granted;
        granted.version = wire::protocol_version;
        granted.granted = {0, 100, 1000};
        granted.secret.emplace();
        send(frame({}, wire::Message(granted)));
        while (read_frame()) {
            const wire::DecodedFrame decoded =
                wire::decode_frame(base::Slice::copy_of(payload_), wire::Sender::client);
            const auto* native = std::get_if<wire::Frame>(&decoded);
            if (native && std::holds_alternative<wire::Goodbye>(native->message)) break;
            const auto* ping = native ? std::get_if<wire::Ping>(&native->message) : nullptr;
            if (ping != nullptr) send(frame({}, wire::Message(wire::Pong{ping->token})));
        }
        ::close(client_);
    }

    [[nodiscard]] bool read_exactly(std::span<std::byte> bytes) const
    {
        return ::recv(client_, bytes.data(), bytes.size(), MSG_WAITALL) ==
               static_cast<ssize_t>(bytes.size());
    }

    [[nodiscard]] bool read_frame()
    {
        std::array<std::byte, 4> length{};
        if (!read_exactly(length)) return false;
        payload_.resize(std::to_integer<std::size_t>(length[2]) << 8 |
                        std::to_integer<std::size_t>(length[3]));
        return read_exactly(payload_);
    }

    void send(const base::Bytes& bytes) const
    {
        (void)send_with_descriptor(client_, bytes, listening_);
    }

    int listening_;
    int client_ = -1;
    base::Bytes payload_;
    std::thread thread_;
};

TEST(Unasked, DescriptorsThatComeWithOtherAnswersAreClosed)
{
    const TemporaryFolder folder;
    GenerousBroker broker(folder.path() + "/s");
    Client client = connect("unix:" + folder.path() + "/s", {.timeout = 10s});
    const std::size_t before = descriptors();
    for (int i = 0; i < 100; ++i) (void)client.ping(10s);
    EXPECT_EQ(descriptors(), before);
}

TEST(Unasked, DescriptorsThatComeWithAPipesMessagesAreClosed)
{
    RawPair sockets;
    RawPair passed;
    auto end = Connection<Bytes>::from_fd(sockets.take(0));
    EXPECT_FALSE(end.poll(1ms)) << "it has waited, so it has all that it needs";
    const std::size_t before = descriptors();
    const base::Bytes message{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}, std::byte{7}};
    for (int i = 0; i < 100; ++i) {
        (void)send_with_descriptor(sockets.get(1), message, passed.get(0));
        EXPECT_EQ(end.recv(10s), Bytes{std::byte{7}});
    }
    EXPECT_EQ(descriptors(), before);
    passed.close(0);
    char byte = 0;
    EXPECT_EQ(::read(passed.get(1), &byte, 1), 0) << "somebody holds a copy";
}

}  // namespace
}  // namespace penstock
