// The only place of the client that knows OpenSSL: the HMAC of the handshake, and random bytes.
#pragma once

#include "common/wire/handshake.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace penstock {

class OpensslMac : public wire::Mac {
public:
    [[nodiscard]] std::array<std::byte, 32> hmac_sha256(std::span<const std::byte> key,
                                                        std::span<const std::byte> text) override;
    [[nodiscard]] std::array<std::byte, 16> hmac_md5(std::span<const std::byte> key,
                                                     std::span<const std::byte> text) override;
};

[[nodiscard]] wire::Nonce random_nonce();

}  // namespace penstock
