#include "common/base/block_pool.hpp"

#include <algorithm>
#include <utility>

namespace penstock::base {

std::shared_ptr<std::byte[]> BlockPool::block(std::size_t size)
{
    std::unique_ptr<std::byte[]> block;
    if (shelf_->idle.empty() || shelf_->idle.back().size != size) {
        block.reset(new std::byte[size]);
    } else {
        block = std::move(shelf_->idle.back().bytes);
        shelf_->idle.pop_back();
    }
    const std::size_t all = shelf_->idle.size() + ++shelf_->lent;
    if (shelf_->idle.capacity() < all) shelf_->idle.reserve(2 * all);
    const auto take_back = [shelf = shelf_, size](std::byte* bytes) {
        --shelf->lent;
        shelf->idle.push_back({std::unique_ptr<std::byte[]>(bytes), size});
    };
    return {block.release(), take_back};
}

void BlockPool::free_some()
{
    std::vector<Block>& idle = shelf_->idle;
    idle.resize(idle.size() - std::min(idle.size(), freed_at_once));
    // Without blocks, no table either: a broker that was busy once owns no memory for it.
    if (idle.empty() && shelf_->lent == 0) std::vector<Block>().swap(idle);
}

}  // namespace penstock::base
