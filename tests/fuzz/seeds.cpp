// Writes the golden frames as inputs of the targets that read frames: fuzz_seeds FOLDER
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
    return 0;
}
