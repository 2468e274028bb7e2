#include "client/src/io/key_file.hpp"

#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace penstock::io {

namespace {

class KeyFile : public ::testing::Test {
protected:
    KeyFile() { path_ = ::testing::TempDir() + "penstock-key-" + std::to_string(::getpid()); }
    ~KeyFile() override { std::remove(path_.c_str()); }

    Key read(const std::string& content, mode_t mode = 0600)
    {
        std::ofstream(path_, std::ios::binary) << content;
        ::chmod(path_.c_str(), mode);
        return read_key_file(path_);
    }

    std::string path_;
};

std::string text_of(const Key& key)
{
    return std::string(base::as_text(key.bytes));
}

}  // namespace

TEST_F(KeyFile, LosesOneNewlineAtItsEnd)
{
    EXPECT_EQ(text_of(read("secret\n")), "secret");
    EXPECT_EQ(text_of(read("secret")), "secret");
    EXPECT_EQ(text_of(read("secret\n\n")), "secret\n");
    EXPECT_EQ(text_of(read("a\nb\r\n")), "a\nb\r");
}

TEST_F(KeyFile, IsRefusedWhenOthersMayReadIt)
{
    for (const mode_t mode : {0640, 0604, 0644}) {
        const Key key = read("secret", mode);
        EXPECT_EQ(key.ec, std::errc::invalid_argument);
        EXPECT_TRUE(key.bytes.empty());
        EXPECT_NE(key.text.find("group or others"), std::string::npos);
    }
    EXPECT_FALSE(read("secret", 0400).ec);
}

TEST_F(KeyFile, IsRefusedWhenEmptyOrTooLong)
{
    EXPECT_NE(read("").text.find("empty"), std::string::npos);
    EXPECT_NE(read("\n").text.find("empty"), std::string::npos);
    EXPECT_NE(read(std::string(65'537, 'x')).text.find("too long"), std::string::npos);
    EXPECT_FALSE(read(std::string(65'536, 'x')).ec);
}

TEST_F(KeyFile, ThatIsNotThereSaysWhich)
{
    const Key key = read_key_file("/nonexistent/key");
    EXPECT_EQ(key.ec, std::errc::no_such_file_or_directory);
    EXPECT_NE(key.text.find("/nonexistent/key"), std::string::npos);
}

}  // namespace penstock::io
