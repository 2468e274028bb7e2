// The word that somebody may have meant, for error texts.
#pragma once

#include <span>
#include <string>

namespace penstock::base {

/// The candidate that is at most two letters away from `word`; empty if none is.
[[nodiscard]] std::string nearest(const std::string& word, std::span<const std::string> candidates);

}  // namespace penstock::base
