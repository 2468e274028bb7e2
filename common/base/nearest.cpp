#include "common/base/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace penstock::base {

namespace {

constexpr std::size_t distance_max = 2;
/// The distance takes time in proportion to both lengths, and one of them comes from outside.
constexpr std::size_t word_size_max = 64;

/// How many letters must be changed, put in or left out (Levenshtein).
std::size_t distance(const std::string& a, const std::string& b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t k = 0; k < b.size(); ++k) {
            const std::size_t changed = diagonal + (a[i] == b[k] ? 0 : 1);
            diagonal = row[k + 1];
            row[k + 1] = std::min({changed, row[k] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string nearest(const std::string& word, std::span<const std::string> candidates)
{
    if (word.size() > word_size_max) return {};
    std::string best;
    std::size_t best_distance = distance_max + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t far = distance(word, candidate);
        if (far >= best_distance) continue;
        best_distance = far;
        best = candidate;
    }
    return best;
}

}  // namespace penstock::base
