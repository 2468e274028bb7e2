// Which process this is, so that the child of a fork knows what it has inherited.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

namespace penstock::io {

/// A number that each process of a family has for itself. It stands in a page that the kernel wipes
/// in a child, however that was made (but for vfork, which shares the page): asking costs a load.
[[nodiscard]] std::uint64_t process_number() noexcept;

/// For the handler that runs in a child: not every kernel wipes pages.
void forget_process_number() noexcept;

/// What is of use only in the process that made it.
class ProcessBound {
public:
    ProcessBound(const ProcessBound&) = delete;
    ProcessBound& operator=(const ProcessBound&) = delete;

    /// This is a child of the process that made it.
    [[nodiscard]] bool inherited() const noexcept { return process_ != process_number(); }

protected:
    ProcessBound() = default;
    ~ProcessBound() = default;

private:
    template <class T, class... Arguments>
    friend std::shared_ptr<T> make_process_bound(Arguments&&... arguments);

    /// For the rest of the process; a checker of leaks finds it.
    void keep() noexcept;

    std::uint64_t process_ = process_number();
    ProcessBound* next_kept_ = nullptr;
};

/// A T that a child doesn't destroy: another thread of the parent may have been in the middle of
/// changing it, and that thread is not there to finish it. `T::leave()` gives back what it can.
template <class T, class... Arguments>
[[nodiscard]] std::shared_ptr<T> make_process_bound(Arguments&&... arguments)
{
    const auto end = [](T* object) noexcept {
        if (!object->inherited()) {
            delete object;
            return;
        }
        object->leave();
        object->keep();
    };
    return std::shared_ptr<T>(new T(std::forward<Arguments>(arguments)...), end);
}

}  // namespace penstock::io
