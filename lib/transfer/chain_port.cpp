// SPDX-License-Identifier: Apache-2.0
#include "transfer/chain_port.hpp"

#include "chain/client/send.hpp"
#include "chain/client/state.hpp"
#include "chain/state/audits/items.hpp"

namespace cess::transfer {
namespace {

constexpr std::size_t kSlotCountMax = 256;  // of a deal (chain/state/files)

class RpcChain final : public ChainPort {
 public:
  RpcChain(client::Rpc& rpc, const AccountKey* key, const Hash256& genesis)
      : rpc_(rpc), key_(key), genesis_(genesis) {}

  [[nodiscard]] const Hash256& genesis() const override { return genesis_; }

  Result<Height> height() override {
    CESS_TRY_ASSIGN(const auto info, client::node_info(rpc_));
    return info.height;
  }

  Result<std::optional<files::File>> file(const Fid& fid) override {
    return client::get(rpc_, files::kFiles, fid);
  }

  Result<std::vector<SlotAt>> slots(const Fid& fid) override {
    CESS_TRY_ASSIGN(const auto entries,
                    client::list(rpc_, "files.slot", files::kSlots, kSlotCountMax, fid));
    std::vector<SlotAt> out;
    for (const auto& [key, slot] : entries) {
      out.push_back({std::get<1>(key), std::get<2>(key), slot});
    }
    return out;
  }

  Result<std::optional<miners::Miner>> miner(const AccountId& id) override {
    return client::get(rpc_, miners::kMiners, id);
  }

  Result<std::optional<files::Fragment>> fragment(const Fid& fid, std::uint32_t segment,
                                                  std::uint16_t column) override {
    CESS_TRY_ASSIGN(const auto page,
                    client::get(rpc_, files::kPages, fid, column, segment / files::kPageFragments));
    const std::size_t number = segment % files::kPageFragments;
    if (!page || number >= page->fragments.size()) return std::optional<files::Fragment>();
    return std::optional(page->fragments[number]);
  }

  Result<std::optional<AccountId>> holder(const FragId& frag) override {
    CESS_TRY_ASSIGN(const auto place, client::get(rpc_, kIndexHolders, frag));
    if (!place) return std::optional<AccountId>();
    return std::optional(place->miner);
  }

  std::vector<Status> report(std::span<const ReportCall> calls) override {
    std::vector<Status> out(calls.size());
    std::vector<std::optional<Txn>> sent(calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) out[i] = send(calls[i], sent[i]);
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (sent[i]) out[i] = wait(*sent[i]);
    }
    return out;
  }

 private:
  Status send(const ReportCall& call, std::optional<Txn>& sent) {
    if (key_ == nullptr) return fail(Code::usage, "cannot report without an account's key");
    CESS_TRY_ASSIGN(
        auto data,
        client::encode_call(call.is_long ? "files.report_long" : "files.report", call.report));
    CESS_TRY_ASSIGN(TxnBody body, client::prepare(rpc_, key_->id, std::move(data)));
    Txn txn = sign_txn(std::move(body), *key_);
    CESS_TRY(client::submit(rpc_, txn));
    sent = std::move(txn);
    return {};
  }
  Status wait(const Txn& txn) {
    CESS_TRY_ASSIGN(const auto outcome, client::wait(rpc_, txn));
    return client::require_ok(outcome);
  }

  client::Rpc& rpc_;
  const AccountKey* key_;
  Hash256 genesis_;
};

}  // namespace

Result<std::unique_ptr<ChainPort>> open_chain(client::Rpc& rpc, const AccountKey* key) {
  CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc));
  return std::make_unique<RpcChain>(rpc, key, info.genesis);
}

}  // namespace cess::transfer
