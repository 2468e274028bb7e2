// Codec<T>: how a T becomes bytes and comes back. Specialise it for your own types.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/error.hpp>
#include <penstock/export.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>

namespace penstock {

/// Travels with each item, so that other programs can show it without guessing.
/// 64 to 127 are yours: `static_cast<ContentType>(64)`.
enum class ContentType : std::uint8_t {
    bytes = 0,
    text = 1,
    number = 2,
    json = 3,
    pickle = 4,
    cbor = 5,
    msgpack = 6,
};

/// "bytes", "text", ...; "type64" for those without a name.
[[nodiscard]] PENSTOCK_API std::string to_string(ContentType type);

/// Specialise this for a type of yours. Both functions are static:
///
/// - `encode(value, out)` appends the value's bytes to `out`. What it throws leaves put() as it is,
///   and nothing is sent.
/// - `decode(bytes, ec)` gives the value back, or sets `ec` (errc::bad_message) and returns any
///   value. It must cope with every input: the bytes come from other programs. What it throws comes
///   out of get(); an asynchronous call completes with errc::bad_message.
/// - `content_type` is optional; without it the items are marked as bytes.
///
/// A complete program:
///
///     #include <string>
///
///     #include <penstock/penstock.hpp>
///
///     struct Job {
///         std::uint32_t id = 0;
///         std::string path;
///     };
///
///     template <>
///     struct penstock::Codec<Job> {
///         static constexpr ContentType content_type = static_cast<ContentType>(64);
///
///         static void encode(const Job& job, Bytes& out)
///         {
///             Codec<std::uint32_t>::encode(job.id, out);
///             Codec<std::string>::encode(job.path, out);
///         }
///
///         static Job decode(std::span<const std::byte> in, std::error_code& ec)
///         {
///             if (in.size() < 4) {
///                 ec = errc::bad_message;
///                 return {};
///             }
///             return {Codec<std::uint32_t>::decode(in.first(4), ec),
///                     Codec<std::string>::decode(in.subspan(4), ec)};
///         }
///     };
///
///     int main()
///     {
///         auto client = penstock::connect();
///         auto jobs = client.queue<Job>("jobs");
///         jobs.put({7, "/tmp/a"});
///         return jobs.get().path == "/tmp/a" ? 0 : 1;
///     }
///
/// There is no codec for "any trivially copyable struct": its padding would put whatever lies in
/// memory on the wire.
template <class T>
struct Codec;

/// A type that can be an item.
template <class T>
concept Codable =
    requires(const T& value, Bytes& out, std::span<const std::byte> in, std::error_code& ec)
{
    Codec<T>::encode(value, out);
    {
        Codec<T>::decode(in, ec)
        } -> std::same_as<T>;
};

/// What the codec of T says about its items.
template <class T>
inline constexpr ContentType content_type_of = ContentType::bytes;

template <class T>
requires requires
{
    {
        Codec<T>::content_type
        } -> std::convertible_to<ContentType>;
}
inline constexpr ContentType content_type_of<T> = Codec<T>::content_type;

/// Bytes as they are.
template <>
struct Codec<Bytes> {
    static constexpr ContentType content_type = ContentType::bytes;

    static void encode(const Bytes& value, Bytes& out)
    {
        out.insert(out.end(), value.begin(), value.end());
    }

    static Bytes decode(std::span<const std::byte> in, std::error_code&)
    {
        return {in.begin(), in.end()};
    }
};

/// The characters as they are; no terminator, and nobody checks that it is UTF-8.
template <>
struct Codec<std::string> {
    static constexpr ContentType content_type = ContentType::text;

    static void encode(const std::string& value, Bytes& out)
    {
        const auto bytes = std::as_bytes(std::span(value));
        out.insert(out.end(), bytes.begin(), bytes.end());
    }

    static std::string decode(std::span<const std::byte> in, std::error_code&)
    {
        return {reinterpret_cast<const char*>(in.data()), in.size()};
    }
};

/// One byte, 0 or 1; any other is errc::bad_message.
template <>
struct Codec<bool> {
    static constexpr ContentType content_type = ContentType::number;

    static void encode(bool value, Bytes& out)
    {
        out.push_back(value ? std::byte{1} : std::byte{0});
    }

    static bool decode(std::span<const std::byte> in, std::error_code& ec)
    {
        if (in.size() != 1 || in[0] > std::byte{1}) {
            ec = errc::bad_message;
            return false;
        }
        return in[0] == std::byte{1};
    }
};

/// Integers: exactly sizeof(T) bytes, little-endian, two's complement.
template <std::integral T>
requires(!std::same_as<T, bool> && !std::is_const_v<T> && !std::is_volatile_v<T>) struct Codec<T> {
    static constexpr ContentType content_type = ContentType::number;

    static void encode(T value, Bytes& out)
    {
        auto rest = static_cast<std::make_unsigned_t<T>>(value);
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            out.push_back(static_cast<std::byte>(rest & 0xff));
            rest = static_cast<std::make_unsigned_t<T>>(static_cast<std::uint64_t>(rest) >> 8);
        }
    }

    static T decode(std::span<const std::byte> in, std::error_code& ec)
    {
        if (in.size() != sizeof(T)) {
            ec = errc::bad_message;
            return {};
        }
        std::uint64_t value = 0;
        for (std::size_t i = sizeof(T); i > 0; --i) {
            value = (value << 8) | std::to_integer<std::uint64_t>(in[i - 1]);
        }
        return static_cast<T>(value);
    }
};

/// float and double: IEEE 754, little-endian, 4 and 8 bytes. Not `long double`: its format differs
/// between machines.
template <std::floating_point T>
requires(std::same_as<T, float> || std::same_as<T, double>) struct Codec<T> {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    static_assert(sizeof(T) == sizeof(Bits));
    static constexpr ContentType content_type = ContentType::number;

    static void encode(T value, Bytes& out)
    {
        Codec<Bits>::encode(std::bit_cast<Bits>(value), out);
    }

    static T decode(std::span<const std::byte> in, std::error_code& ec)
    {
        return std::bit_cast<T>(Codec<Bits>::decode(in, ec));
    }
};

/// Enums as their underlying type. Values without an enumerator are passed on: whether one is
/// nonsense is for the program to say.
template <class T>
requires std::is_enum_v<T>
struct Codec<T> {
    using Underlying = std::underlying_type_t<T>;
    static constexpr ContentType content_type = ContentType::number;

    static void encode(T value, Bytes& out)
    {
        Codec<Underlying>::encode(static_cast<Underlying>(value), out);
    }

    static T decode(std::span<const std::byte> in, std::error_code& ec)
    {
        return static_cast<T>(Codec<Underlying>::decode(in, ec));
    }
};

static_assert(sizeof(long long) == 8, "the wire knows no wider integer");

}  // namespace penstock
