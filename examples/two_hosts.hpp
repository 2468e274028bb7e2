// Two hosts, as far as one machine can have them.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace examples {

/// As root two network namespaces with a cable between them, else two loopback addresses. The
/// namespaces have no names: they go with the last process in them, however that ends.
class TwoHosts {
public:
    TwoHosts();
    ~TwoHosts();
    TwoHosts(const TwoHosts&) = delete;
    TwoHosts& operator=(const TwoHosts&) = delete;

    /// Which way it is, and why.
    [[nodiscard]] std::string description() const;
    /// Where a broker on the first host can listen: for its neighbours first, then for the other
    /// host.
    [[nodiscard]] std::vector<std::string> broker_addresses() const;
    /// Moves this process to a host, 0 or 1, for good.
    void move_to(std::size_t host) const;

private:
    [[nodiscard]] bool are_namespaces() const { return why_not_.empty(); }
    void make_namespaces();

    std::array<std::string, 2> addresses_ = {"10.73.0.1", "10.73.0.2"};
    std::array<int, 2> namespaces_ = {-1, -1};
    std::string why_not_;
};

}  // namespace examples
