// The other files of this program have been compiled: that was the test.
#include <penstock/penstock.hpp>

int main()
{
    return penstock::version().empty() ? 1 : 0;
}
