// The C++ side of direct_python_test.py: sends each message back, as it came, and says on stdout
// what it was. Usage: direct_peer listen|dial ADDRESS KEY-FILE|none local|always|never
#include <penstock/penstock.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

using namespace std::chrono_literals;
using penstock::Bytes;

namespace {

constexpr auto patience = 60s;

penstock::LegacyMd5 legacy_md5(std::string_view name)
{
    if (name == "always") return penstock::LegacyMd5::always;
    return name == "never" ? penstock::LegacyMd5::never : penstock::LegacyMd5::local;
}

/// Until the other side has gone, or says that this one shall go.
void send_back(penstock::Connection<Bytes> pipe)
{
    const std::string_view leave = "leave";
    std::error_code ec;
    while (const auto message = pipe.recv_message(patience, ec)) {
        const bool pickle = message->content_type == penstock::ContentType::pickle;
        std::printf("%s %zu\n", pickle ? "pickle" : "bytes", message->value.size());
        const Bytes& bytes = message->value;
        pipe.send(bytes, patience);
        if (std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()) == leave) {
            std::puts("left");
            return;
        }
    }
    std::puts(ec == penstock::errc::eof ? "eof" : ec.message().c_str());
}

int run(char** argv)
{
    const std::string_view mode = argv[1];
    const std::string_view key_file = std::string_view(argv[3]) == "none" ? "" : argv[3];
    if (mode == "dial") {
        penstock::DialOptions options;
        options.timeout = patience;
        options.key_file = key_file;
        options.legacy_md5 = legacy_md5(argv[4]);
        send_back(penstock::dial<Bytes>(argv[2], options));
        return 0;
    }
    penstock::ListenerOptions options;
    options.key_file = key_file;
    options.legacy_md5 = legacy_md5(argv[4]);
    penstock::Listener listener(argv[2], options);
    std::printf("%s\n", listener.address().c_str());
    std::fflush(stdout);
    // Until the one comes who can be let in; the test ends this process if there is none.
    std::error_code ec;
    auto pipe = listener.accept<Bytes>(patience, ec);
    if (ec) {
        std::printf("failures %d: %s\n",
                    static_cast<int>(listener.failures()),
                    listener.last_failure().c_str());
        return 1;
    }
    send_back(std::move(pipe));
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 5) return 2;
    try {
        return run(argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
