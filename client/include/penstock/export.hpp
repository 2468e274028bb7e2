// PENSTOCK_API: what the shared library shows. Everything else is hidden.
#pragma once

#if defined(__GNUC__)
#define PENSTOCK_API __attribute__((visibility("default")))
#else
#define PENSTOCK_API
#endif
