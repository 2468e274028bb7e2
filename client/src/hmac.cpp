#include "client/src/hmac.hpp"

#include "common/base/assert.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace penstock {

namespace {

template <std::size_t size>
std::array<std::byte, size> hmac(const char* digest,
                                 std::span<const std::byte> key,
                                 std::span<const std::byte> text)
{
    std::array<std::byte, size> out{};
    std::size_t out_size = 0;
    const unsigned char* made = EVP_Q_mac(nullptr,
                                          "HMAC",
                                          nullptr,
                                          digest,
                                          nullptr,
                                          key.data(),
                                          key.size(),
                                          reinterpret_cast<const unsigned char*>(text.data()),
                                          text.size(),
                                          reinterpret_cast<unsigned char*>(out.data()),
                                          out.size(),
                                          &out_size);
    PENSTOCK_ASSERT(made != nullptr && out_size == size);
    return out;
}

}  // namespace

std::array<std::byte, 32> OpensslMac::hmac_sha256(std::span<const std::byte> key,
                                                  std::span<const std::byte> text)
{
    return hmac<32>("SHA256", key, text);
}

std::array<std::byte, 16> OpensslMac::hmac_md5(std::span<const std::byte> key,
                                               std::span<const std::byte> text)
{
    return hmac<16>("MD5", key, text);
}

wire::Nonce random_nonce()
{
    wire::Nonce nonce{};
    const int made =
        RAND_bytes(reinterpret_cast<unsigned char*>(nonce.data()), static_cast<int>(nonce.size()));
    PENSTOCK_ASSERT(made == 1);  // a nonce that can be guessed would be worse than no service
    return nonce;
}

}  // namespace penstock
