// Writes the golden frames as inputs of the targets that read frames: fuzz_seeds FOLDER
#include "common/wire/changes.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/wire_samples.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace {

namespace fs = std::filesystem;
using penstock::base::Bytes;
using penstock::wire::Sample;

bool write(const fs::path& folder, std::string_view name, const Bytes& bytes)
{
    fs::create_directories(folder);
    std::ofstream file(folder / ("golden-" + std::string(name)), std::ios::binary);
    file << penstock::base::as_text(bytes);
    return !file.fail();
}

Bytes codec_input(const Sample& sample)
{
    Bytes input = penstock::support::from_hex(sample.hex);
    input.erase(input.begin(), input.begin() + 3);  // the length, but for one byte
    input.front() = std::byte(sample.from == penstock::wire::Sender::client ? 0 : 1);
    return input;
}

Bytes decoder_input(const Sample& sample)
{
    const Bytes frame = penstock::support::from_hex(sample.hex);
    Bytes input{std::byte{0}, std::byte{0}, std::byte{1}, std::byte{3}};
    input.push_back(static_cast<std::byte>(frame.size()));
    input.insert(input.end(), frame.begin(), frame.end());
    return input;
}

/// For the target `texts`: an answer to READ changes with one row.
template <class Row>
Bytes changes_input(const Row& row)
{
    penstock::wire::ChangesBody body;
    body.version = 7;
    body.uptime_ms = 1000;
    body.removed = {3};
    penstock::wire::append_row(body.rows, encode(row));
    Bytes input = encode(body);
    input.insert(input.begin(), std::byte{2});
    return input;
}

bool write_changes(const fs::path& folder)
{
    using namespace penstock::wire;
    QueueRowBody queue;
    queue.queue.name = "jobs";
    queue.queue.object = 1;
    queue.queue.oldest_ms = 5;
    queue.waits = {{WaitKind::get, 2, 3, 4}};
    queue.parties = {{2, 0, 1}};
    PipeBody pipe;
    pipe.name = "ends";
    pipe.transport = Transport::relay;
    pipe.from_left.messages = 1;
    ConnectionBody connection;
    connection.id = 2;
    connection.client = "worker";
    connection.address = "tcp:10.0.0.7:51234";
    EventBody event;
    event.number = 1;
    event.code = "session_began";
    event.fields = {{"conn", "2"}};
    return write(folder, "changes-queue", changes_input(queue)) &&
           write(folder, "changes-pipe", changes_input(pipe)) &&
           write(folder, "changes-connection", changes_input(connection)) &&
           write(folder, "changes-event", changes_input(event));
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 2) return 2;
    const fs::path folder = argv[1];
    for (const Sample& sample : penstock::wire::all_samples()) {
        const bool written = write(folder / "codec", sample.name, codec_input(sample)) &&
                             write(folder / "frame_decoder", sample.name, decoder_input(sample));
        if (!written) {
            std::fprintf(stderr, "cannot write to %s\n", argv[1]);
            return 1;
        }
    }
    if (write_changes(folder / "texts")) return 0;
    std::fprintf(stderr, "cannot write to %s\n", argv[1]);
    return 1;
}
