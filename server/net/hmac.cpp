#include "server/net/hmac.hpp"

#include "common/base/assert.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace penstock::net {

namespace {

template <std::size_t size>
std::array<std::byte, size> hmac(const EVP_MD* digest,
                                 std::span<const std::byte> key,
                                 std::span<const std::byte> text)
{
    std::array<std::byte, size> mac{};
    unsigned int written = 0;
    const unsigned char* done = HMAC(digest,
                                     key.data(),
                                     static_cast<int>(key.size()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size(),
                                     reinterpret_cast<unsigned char*>(mac.data()),
                                     &written);
    // Without a working digest nobody can be told from anybody: go no further.
    PENSTOCK_ASSERT(done != nullptr && written == size);
    return mac;
}

}  // namespace

std::array<std::byte, 32> OpensslMac::hmac_sha256(std::span<const std::byte> key,
                                                  std::span<const std::byte> text)
{
    return hmac<32>(EVP_sha256(), key, text);
}

std::array<std::byte, 16> OpensslMac::hmac_md5(std::span<const std::byte> key,
                                               std::span<const std::byte> text)
{
    return hmac<16>(EVP_md5(), key, text);
}

void OpensslEntropy::fill(std::span<std::byte> bytes)
{
    const int done =
        RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    PENSTOCK_ASSERT(done == 1);
}

}  // namespace penstock::net
