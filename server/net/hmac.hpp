// OpenSSL behind the interfaces that the sans-IO layers ask for.
#pragma once

#include "common/wire/handshake.hpp"
#include "server/session/entropy.hpp"

namespace penstock::net {

class OpensslMac final : public wire::Mac {
public:
    std::array<std::byte, 32> hmac_sha256(std::span<const std::byte> key,
                                          std::span<const std::byte> text) override;
    std::array<std::byte, 16> hmac_md5(std::span<const std::byte> key,
                                       std::span<const std::byte> text) override;
};

class OpensslEntropy final : public session::Entropy {
public:
    void fill(std::span<std::byte> bytes) override;
};

}  // namespace penstock::net
