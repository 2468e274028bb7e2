// Putter: puts bytes and says what they are. The library takes that from a type, here it is a
// value.
#pragma once

#include <penstock/client.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace penstock::cli {

class Putter {
public:
    Putter() = default;
    virtual ~Putter() = default;
    Putter(const Putter&) = delete;
    Putter& operator=(const Putter&) = delete;

    virtual void put(std::span<const std::byte> item, Duration timeout) = 0;
};

/// Opens the queue; with `priority` it must be one by priority, or new. The client must outlive it.
[[nodiscard]] std::unique_ptr<Putter> make_putter(Client& client,
                                                  const std::string& queue,
                                                  ContentType type,
                                                  std::optional<Priority> priority);

}  // namespace penstock::cli
