#include "client/src/complete_error.hpp"
#include "client/src/protocol/status.hpp"
#include "common/wire/status.hpp"

#include <penstock/error.hpp>

#include <cctype>
#include <gtest/gtest.h>
#include <set>
#include <string>

namespace penstock {

namespace {

constexpr int errc_last = 27;

}  // namespace

TEST(Errc, EachHasANameAndAMessageOfItsOwn)
{
    std::set<std::string> messages;
    std::set<std::string_view> names;
    for (int number = 1; number <= errc_last; ++number) {
        const std::error_code ec = static_cast<errc>(number);
        EXPECT_EQ(ec.value(), number);
        EXPECT_STREQ(ec.category().name(), "penstock");
        EXPECT_FALSE(to_string(static_cast<errc>(number)).empty()) << number;
        messages.insert(ec.message());
        names.insert(to_string(static_cast<errc>(number)));
    }
    EXPECT_EQ(messages.size(), static_cast<std::size_t>(errc_last));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(errc_last));
}

TEST(Errc, NumbersOutsideOfTheListAreHarmless)
{
    EXPECT_EQ(category().message(0), "unknown error");
    EXPECT_EQ(category().message(errc_last + 1), "unknown error");
    EXPECT_EQ(to_string(static_cast<errc>(999)), "");
}

TEST(Errc, ComparesWithErrorCodes)
{
    const std::error_code ec = errc::empty;
    EXPECT_EQ(ec, errc::empty);
    EXPECT_NE(ec, errc::full);
    EXPECT_NE(ec, std::error_code(1, std::generic_category()));
    EXPECT_FALSE(std::error_code() == errc::empty);
}

TEST(Errc, EachStatusOfTheWireIsTheErrcOfTheSameName)
{
    EXPECT_FALSE(protocol::to_error_code(wire::Status::ok));
    for (std::uint16_t number = 1; number <= wire::status_last; ++number) {
        const auto status = static_cast<wire::Status>(number);
        const std::error_code ec = protocol::to_error_code(status);
        EXPECT_EQ(&ec.category(), &category());
        EXPECT_EQ(to_string(static_cast<errc>(ec.value())), wire::to_string(status));
    }
}

TEST(Error, IsCaughtByTypeOrByCode)
{
    EXPECT_THROW(throw_error(errc::empty, "x"), Empty);
    EXPECT_THROW(throw_error(errc::full, "x"), Full);
    EXPECT_THROW(throw_error(errc::shut_down, "x"), ShutDown);
    EXPECT_THROW(throw_error(errc::eof, "x"), EndOfFile);
    EXPECT_THROW(throw_error(errc::in_doubt, "x"), InDoubt);
    try {
        throw_error(errc::disconnected, "put to 'q'");
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), errc::disconnected);
        EXPECT_EQ(error.what(), std::string("put to 'q': ") + error.code().message());
    }
}

TEST(Error, OthersKeepTheirCategory)
{
    const auto invalid = std::make_error_code(std::errc::invalid_argument);
    try {
        throw_error(invalid, "x");
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), std::errc::invalid_argument);
    }
}

TEST(Error, TheTwoThatCarryBytesKeepThem)
{
    const Bytes bytes{std::byte{1}, std::byte{2}};
    EXPECT_EQ(BadMessage("x", bytes).bytes(), bytes);
    EXPECT_EQ(BadMessage("x", bytes).code(), errc::bad_message);
    EXPECT_EQ(BufferTooShort("x", bytes).message(), bytes);
    EXPECT_EQ(BufferTooShort("x", bytes).code(), errc::buffer_too_short);
}

TEST(CompleteError, HasItsTextAndNothingBehindIt)
{
    try {
        throw CompleteError(errc::refused, "connect to unix:/x: ask its owner");
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "connect to unix:/x: ask its owner");
        EXPECT_EQ(error.code(), errc::refused);
    }
}

TEST(CompleteError, SaysOfAWrongNameOnlyWhatANameIs)
{
    const auto text_for = [](std::error_code ec, std::string_view name) -> std::string {
        try {
            throw_named_error(ec, "stat of", name);
        } catch (const Error& error) {
            return error.what();
        }
    };
    const auto wrong = std::make_error_code(std::errc::invalid_argument);
    EXPECT_TRUE(text_for(wrong, "a b").ends_with("out of A-Z a-z 0-9 . _ : / -"));
    EXPECT_TRUE(text_for(errc::not_found, "jobs").starts_with("stat of 'jobs': there is no"));
}

}  // namespace penstock
