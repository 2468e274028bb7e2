// Whether bytes are UTF-8 text.
#pragma once

#include <string_view>

namespace penstock::base {

/// Well-formed UTF-8 as Unicode defines it: no overlong form, no surrogate, nothing above U+10FFFF.
[[nodiscard]] bool valid_utf8(std::string_view text);

}  // namespace penstock::base
