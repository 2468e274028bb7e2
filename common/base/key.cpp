#include "common/base/key.hpp"

namespace penstock::base {

std::variant<Bytes, std::string> key_from_file(std::span<const std::byte> contents,
                                               bool readable_by_others)
{
    if (readable_by_others) return "may be read by group or others: chmod 600 it";
    if (contents.size() > key_file_size_max) return "is too long for a key";
    if (!contents.empty() && contents.back() == std::byte{'\n'}) {
        contents = contents.first(contents.size() - 1);
    }
    if (contents.empty()) return "is empty";
    return Bytes(contents.begin(), contents.end());
}

}  // namespace penstock::base
