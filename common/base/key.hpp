// What a key file must be like. The shells read the file; the rule is here, once.
#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <variant>

namespace penstock::base {

/// Longer files are no keys.
inline constexpr std::size_t key_file_size_max = std::size_t{64} * 1024;
/// Below this a key can be guessed: worth a warning.
inline constexpr std::size_t key_size_advised_min = 16;

/// The key in a file that holds `contents`, without one trailing newline; or why it is no key, to
/// go behind the file's name.
[[nodiscard]] std::variant<Bytes, std::string> key_from_file(std::span<const std::byte> contents,
                                                             bool readable_by_others);

}  // namespace penstock::base
