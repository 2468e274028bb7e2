// The handshake's HMAC for tests, by OpenSSL, and how often it was asked.
#pragma once

#include "common/base/assert.hpp"
#include "common/wire/handshake.hpp"

#include <array>
#include <cstddef>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <span>

namespace penstock::support {

class OpensslMac final : public wire::Mac {
public:
    std::array<std::byte, 32> hmac_sha256(std::span<const std::byte> key,
                                          std::span<const std::byte> text) override
    {
        return digest<32>(EVP_sha256(), key, text);
    }
    std::array<std::byte, 16> hmac_md5(std::span<const std::byte> key,
                                       std::span<const std::byte> text) override
    {
        return digest<16>(EVP_md5(), key, text);
    }

    [[nodiscard]] int calls() const { return calls_; }

private:
    template <std::size_t Size>
    std::array<std::byte, Size> digest(const EVP_MD* algorithm,
                                       std::span<const std::byte> key,
                                       std::span<const std::byte> text)
    {
        ++calls_;
        std::array<std::byte, Size> result{};
        unsigned size = 0;
        const unsigned char* done = HMAC(algorithm,
                                         key.data(),
                                         static_cast<int>(key.size()),
                                         reinterpret_cast<const unsigned char*>(text.data()),
                                         text.size(),
                                         reinterpret_cast<unsigned char*>(result.data()),
                                         &size);
        PENSTOCK_ASSERT(done != nullptr && size == Size);
        return result;
    }

    int calls_ = 0;
};

}  // namespace penstock::support
