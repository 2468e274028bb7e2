#include <penstock/codec.hpp>

#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace penstock {

namespace {

enum class Suit : std::uint16_t { clubs = 1, spades = 0x0203 };
enum class Switch : bool { off, on };

struct Point {
    std::int32_t x = 0;
    std::int32_t y = 0;
    bool operator==(const Point&) const = default;
};

struct Unknown {};

Bytes bytes(std::initializer_list<int> values)
{
    Bytes result;
    for (const int value : values) result.push_back(static_cast<std::byte>(value));
    return result;
}

template <class T>
Bytes encode(const T& value)
{
    Bytes out;
    Codec<T>::encode(value, out);
    return out;
}

template <class T>
bool decodes(const Bytes& in)
{
    std::error_code ec;
    (void)Codec<T>::decode(in, ec);
    EXPECT_TRUE(!ec || ec == errc::bad_message);
    return !ec;
}

template <class T>
void expect_round_trip(const T& value)
{
    std::error_code ec;
    EXPECT_EQ(Codec<T>::decode(encode(value), ec), value);
    EXPECT_FALSE(ec);
}

}  // namespace

/// As a user would.
template <>
struct Codec<Point> {
    static constexpr ContentType content_type = static_cast<ContentType>(64);

    static void encode(const Point& point, Bytes& out)
    {
        Codec<std::int32_t>::encode(point.x, out);
        Codec<std::int32_t>::encode(point.y, out);
    }

    static Point decode(std::span<const std::byte> in, std::error_code& ec)
    {
        if (in.size() != 8) {
            ec = errc::bad_message;
            return {};
        }
        return {Codec<std::int32_t>::decode(in.first(4), ec),
                Codec<std::int32_t>::decode(in.subspan(4), ec)};
    }
};

TEST(Codec, IntegersAreLittleEndianAndAsWideAsTheirType)
{
    EXPECT_EQ(encode<std::uint8_t>(0x12), bytes({0x12}));
    EXPECT_EQ(encode<std::uint16_t>(0x1234), bytes({0x34, 0x12}));
    EXPECT_EQ(encode<std::int32_t>(-2), bytes({0xfe, 0xff, 0xff, 0xff}));
    EXPECT_EQ(encode<std::uint64_t>(0x0102030405060708), bytes({8, 7, 6, 5, 4, 3, 2, 1}));
}

TEST(Codec, IntegersComeBackAtTheirLimits)
{
    expect_round_trip(std::numeric_limits<std::int8_t>::min());
    expect_round_trip(std::numeric_limits<std::int16_t>::min());
    expect_round_trip(std::numeric_limits<std::int32_t>::min());
    expect_round_trip(std::numeric_limits<std::int64_t>::min());
    expect_round_trip(std::numeric_limits<std::int64_t>::max());
    expect_round_trip(std::numeric_limits<std::uint64_t>::max());
    expect_round_trip('x');
    expect_round_trip(char32_t{0x10ffff});
}

TEST(Codec, IntegersOfAnotherWidthAreRefused)
{
    EXPECT_FALSE(decodes<std::int32_t>({}));
    EXPECT_FALSE(decodes<std::int32_t>(Bytes(3)));
    EXPECT_FALSE(decodes<std::int32_t>(Bytes(5)));
    EXPECT_TRUE(decodes<std::int32_t>(Bytes(4)));
    EXPECT_FALSE(decodes<std::uint8_t>(Bytes(2)));
}

TEST(Codec, FloatsAreTheirBits)
{
    EXPECT_EQ(encode(1.0f), bytes({0, 0, 0x80, 0x3f}));
    EXPECT_EQ(encode(-2.0), bytes({0, 0, 0, 0, 0, 0, 0, 0xc0}));
    expect_round_trip(0.1);
    expect_round_trip(std::numeric_limits<double>::infinity());
    EXPECT_FALSE(decodes<float>(Bytes(8)));
    EXPECT_FALSE(decodes<double>(Bytes(4)));
}

TEST(Codec, BoolIsStrict)
{
    EXPECT_EQ(encode(true), bytes({1}));
    EXPECT_EQ(encode(false), bytes({0}));
    expect_round_trip(true);
    EXPECT_FALSE(decodes<bool>(bytes({2})));
    EXPECT_FALSE(decodes<bool>({}));
    EXPECT_FALSE(decodes<bool>(bytes({0, 0})));
}

TEST(Codec, EnumsAreTheirUnderlyingType)
{
    EXPECT_EQ(encode(Suit::spades), bytes({3, 2}));
    expect_round_trip(Suit::clubs);
    EXPECT_FALSE(decodes<Suit>(bytes({1})));
    EXPECT_FALSE(decodes<Switch>(bytes({2}))) << "a bool underneath is strict, too";
}

TEST(Codec, StringsAndBytesAreThemselves)
{
    EXPECT_EQ(encode(std::string("a\0b", 3)), bytes({'a', 0, 'b'}));
    expect_round_trip(std::string());
    expect_round_trip(std::string(100'000, 'x'));
    expect_round_trip(bytes({0, 255}));
}

TEST(Codec, EncodeAppends)
{
    Bytes out = bytes({9});
    Codec<bool>::encode(true, out);
    EXPECT_EQ(out, bytes({9, 1}));
}

TEST(Codec, AUsersTypeIsCodable)
{
    expect_round_trip(Point{1, -1});
    EXPECT_FALSE(decodes<Point>(Bytes(7)));
}

TEST(Codec, EachHasItsContentType)
{
    static_assert(content_type_of<Bytes> == ContentType::bytes);
    static_assert(content_type_of<std::string> == ContentType::text);
    static_assert(content_type_of<int> == ContentType::number);
    static_assert(content_type_of<bool> == ContentType::number);
    static_assert(content_type_of<double> == ContentType::number);
    static_assert(content_type_of<Suit> == ContentType::number);
    static_assert(content_type_of<Point> == static_cast<ContentType>(64));
}

TEST(Codec, WhatHasNoCodecIsNotCodable)
{
    static_assert(Codable<int> && Codable<std::string> && Codable<Point>);
    static_assert(!Codable<Unknown> && !Codable<long double> && !Codable<const char*>);
    static_assert(!Codable<std::vector<int>> && !Codable<const int> && !Codable<int*>);
}

}  // namespace penstock
