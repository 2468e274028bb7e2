// Header-only: the rest of Boost.JSON is compiled here, and only here.
#include <boost/json/src.hpp>
