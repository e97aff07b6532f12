// SPDX-License-Identifier: Apache-2.0
#include "miner/holding_chain.hpp"

#include "chain/client/state.hpp"
#include "chain/state/audits/items.hpp"
#include "chain/state/files/calls.hpp"
#include "miner/send_call.hpp"

namespace cess::miner {
namespace {

/// Of 16 fragments each: 64 million, 512 TiB in fragments of 8 MiB.
constexpr std::size_t kIndexChunksMax = 4'000'000;
constexpr std::size_t kFileOrdersMax = 64'000;

class RpcHoldingChain final : public HoldingChain {
 public:
  RpcHoldingChain(client::Rpc& rpc, const AccountKey& key, std::function<bool()> go_on)
      : rpc_(rpc), key_(key), go_on_(std::move(go_on)) {}

  Result<client::AuditClock> clock() override { return client::audit_clock(rpc_); }

  Result<Height> height() override {
    CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc_));
    return info.height;
  }

  Result<std::vector<ServiceEntry>> index() override {
    CESS_TRY_ASSIGN(auto chunks, client::list(rpc_, "audits.index_entries", kIndexEntries,
                                              kIndexChunksMax, key_.id));
    std::vector<ServiceEntry> out;
    for (auto& [k, chunk] : chunks)
      out.insert(out.end(), chunk.entries.begin(), chunk.entries.end());
    return out;
  }

  Result<bool> holds(const FragId& frag) override {
    CESS_TRY_ASSIGN(const auto place, client::get(rpc_, kIndexHolders, frag));
    return place && place->miner == key_.id;
  }

  Result<bool> expects(const Fid& fid, std::uint32_t segment, std::uint16_t index,
                       std::uint16_t replica) override {
    CESS_TRY_ASSIGN(const auto file, client::get(rpc_, files::kFiles, fid));
    if (!file) return false;
    const auto column = static_cast<std::uint16_t>(replica * file->profile.n() + index);
    if (file->state == files::FileState::placing) {
      if (file->stripe_segments == 0) return true;  // the draw is still to come
      CESS_TRY_ASSIGN(const auto slot, client::get(rpc_, files::kSlots, fid,
                                                   segment / file->stripe_segments, column));
      return slot && slot->miner == key_.id;
    }
    CESS_TRY_ASSIGN(const auto order, client::get(rpc_, files::kRestorals, fid, segment, column));
    return order && order->claimant == key_.id;
  }

  Result<bool> expects_any(const Fid& fid) override {
    CESS_TRY_ASSIGN(const auto file, client::get(rpc_, files::kFiles, fid));
    if (!file) return false;
    if (file->state == files::FileState::placing) return true;
    CESS_TRY_ASSIGN(const auto orders,
                    client::list(rpc_, "files.restoral", files::kRestorals, kFileOrdersMax, fid));
    for (const auto& [k, order] : orders) {
      if (order.claimant == key_.id) return true;
    }
    return false;
  }

  Result<Pending> report_lost(std::vector<FragId> fragments) override {
    return send_call(rpc_, key_, go_on_, "files.report_lost",
                     files::ReportLost{std::move(fragments)});
  }

 private:
  client::Rpc& rpc_;
  const AccountKey& key_;
  std::function<bool()> go_on_;
};

}  // namespace

std::unique_ptr<HoldingChain> open_holding_chain(client::Rpc& rpc, const AccountKey& key,
                                                 std::function<bool()> go_on) {
  return std::make_unique<RpcHoldingChain>(rpc, key, std::move(go_on));
}

}  // namespace cess::miner
