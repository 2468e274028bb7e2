#include "common/base/names.hpp"

#include <algorithm>

namespace penstock::base {

namespace {

// Not <cctype>: what a name is must not depend on a locale.
bool name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == ':' || c == '/' || c == '-';
}

}  // namespace

bool valid_name(std::string_view name)
{
    return !name.empty() && name.size() <= name_length_max &&
           std::all_of(name.begin(), name.end(), name_character);
}

}  // namespace penstock::base
