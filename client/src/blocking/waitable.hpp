// Waitable: what wait() can wait for. It says whether it is ready, and which descriptors to poll
// until it may have become so.
#pragma once

#include <array>
#include <system_error>

namespace penstock::blocking {

class Handle;

class Waitable {
public:
    Waitable() = default;
    Waitable(const Waitable&) = delete;
    Waitable& operator=(const Waitable&) = delete;
    virtual ~Waitable() = default;

    /// Readable descriptors call for a look; -1: none. They stay open until end_wait().
    struct Watch {
        bool ready = false;
        std::array<int, 2> descriptors = {-1, -1};
    };
    /// Somebody waits. If it is closed (errc::closed), or broken so that it can't be waited for,
    /// `ec` is set, and end_wait() is not called. Being at its end is being ready.
    [[nodiscard]] virtual Watch begin_wait(std::error_code& ec) = 0;
    /// One of the descriptors is readable: whether it is ready now. errc::closed if another thread
    /// has closed it meanwhile. Never waits.
    [[nodiscard]] virtual bool ready(std::error_code& ec) = 0;
    virtual void end_wait() noexcept = 0;
    /// What a broker has to be asked about, where it is not ready already: ready() is called, too,
    /// when the broker says that it is. Constant.
    [[nodiscard]] virtual const Handle* at_broker() const { return nullptr; }
};

}  // namespace penstock::blocking
