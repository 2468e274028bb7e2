// Processes: a broker of a test's own, for programs that use the library.
#pragma once

#include "tests/support/daemon.hpp"

#include <penstock/penstock.hpp>

#include <cstdlib>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace penstock::support {

inline std::string private_address()
{
    std::string folder = "/tmp/penstock-test-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("mkdtemp");
    return "unix:" + folder + "/s";
}

/// Sanitizers cost a factor of five: they run fewer.
inline int item_count()
{
    const char* given = std::getenv("PENSTOCK_TEST_ITEMS");
    return given != nullptr ? std::atoi(given) : 100'000;
}

class Processes : public ::testing::Test {
protected:
    ~Processes() override
    {
        (void)daemon_.end(SIGTERM);
        ::rmdir(daemon_.address().substr(5, daemon_.address().size() - 7).c_str());
    }

    [[nodiscard]] Client connect() const { return penstock::connect(daemon_.address()); }

    Daemon daemon_{private_address()};
};

}  // namespace penstock::support
