// SPDX-License-Identifier: Apache-2.0
#include "miner/duty_chain.hpp"

#include "chain/client/state.hpp"
#include "chain/state/audits/items.hpp"
#include "chain/state/files/calls.hpp"
#include "miner/send_call.hpp"

namespace cess::miner {
namespace {

/// Looked at in one step; later ones come when these are done.
constexpr std::size_t kOrdersMax = 100'000;

class RpcDutyChain final : public DutyChain {
 public:
  RpcDutyChain(client::Rpc& rpc, const AccountKey& key, const Hash256& genesis,
               std::function<bool()> go_on)
      : rpc_(rpc), key_(key), genesis_(genesis), go_on_(std::move(go_on)) {}

  [[nodiscard]] const Hash256& genesis() const override { return genesis_; }
  [[nodiscard]] const AccountId& me() const override { return key_.id; }

  Result<Height> height() override {
    CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc_));
    return info.height;
  }

  Result<std::vector<OrderAt>> orders() override {
    CESS_TRY_ASSIGN(const auto all,
                    client::list(rpc_, "files.restoral", files::kRestorals, kOrdersMax));
    std::vector<OrderAt> out;
    for (const auto& [k, order] : all)
      out.push_back({std::get<0>(k), std::get<1>(k), std::get<2>(k), order});
    return out;
  }

  Result<std::optional<miners::Miner>> record() override { return miner(key_.id); }

  Result<std::optional<files::File>> file(const Fid& fid) override {
    return client::get(rpc_, files::kFiles, fid);
  }

  Result<std::optional<files::Fragment>> fragment(const OrderAt& at) override {
    return fragment_of(at.fid, at.segment, at.column);
  }

  Result<files::Params> params() override {
    CESS_TRY_ASSIGN(const auto p, client::get(rpc_, files::kParams));
    return p.value_or(files::Params{});
  }

  // As files::run_claim_restoral, with the chain's own functions where they need no state.
  Result<std::optional<std::string>> objection(const OrderAt& at,
                                               const files::File& file) override {
    CESS_TRY_ASSIGN(const auto me, record());
    if (!me || me->state != miners::MinerState::positive)
      return std::string("this miner is not in good standing: ") +
             (me ? miners::kMinerStateNames[static_cast<std::size_t>(me->state)]
                 : "it is not registered");
    const std::uint64_t length = files::fragment_length(file, at.segment);
    if (me->idle < length)
      return "the miner has " + std::to_string(me->idle) + " idle bytes on the chain, " +
             std::to_string(length) + " are needed";
    if (!files::fits_rule(file.rule, key_.id, *me)) return "the file's region rule excludes it";
    CESS_TRY_ASSIGN(const auto p, params());
    State rules;
    files::kParams.put(rules, p);
    for (std::uint16_t c = 0; c < file.profile.columns(); ++c) {
      CESS_TRY_ASSIGN(const auto beside, neighbour(at, c));
      if (beside.is_zero()) continue;
      CESS_TRY_ASSIGN(const auto other, miner(beside));
      if (other && files::too_close(rules, key_.id, *me, beside, *other))
        return beside == key_.id ? "it has a fragment of this segment already"
                                 : "it is close to a miner that has a fragment of this segment";
    }
    return std::optional<std::string>();
  }

  Result<Pending> claim(const OrderAt& at) override {
    return send("files.claim_restoral", files::ClaimRestoral{at.fid, at.segment, at.column});
  }
  Result<Pending> complete(const files::CompleteRestoral& call) override {
    return send("files.complete_restoral", call);
  }

 private:
  Result<std::optional<miners::Miner>> miner(const AccountId& id) {
    return client::get(rpc_, miners::kMiners, id);
  }
  Result<std::optional<files::Fragment>> fragment_of(const Fid& fid, std::uint32_t segment,
                                                     std::uint16_t column) {
    CESS_TRY_ASSIGN(const auto page,
                    client::get(rpc_, files::kPages, fid, column, segment / files::kPageFragments));
    const std::size_t number = segment % files::kPageFragments;
    if (!page || number >= page->fragments.size()) return std::optional<files::Fragment>();
    return std::optional(page->fragments[number]);
  }
  /// Who has a column of the segment, or has claimed to make it; zero: nobody.
  Result<AccountId> neighbour(const OrderAt& at, std::uint16_t column) {
    CESS_TRY_ASSIGN(const auto f, fragment_of(at.fid, at.segment, column));
    if (f && f->living) {
      CESS_TRY_ASSIGN(const auto place, client::get(rpc_, kIndexHolders, f->frag));
      return place ? place->miner : AccountId{};
    }
    CESS_TRY_ASSIGN(const auto order,
                    client::get(rpc_, files::kRestorals, at.fid, at.segment, column));
    return order ? order->claimant : AccountId{};
  }

  template <class Call>
  Result<Pending> send(const std::string& name, const Call& call) {
    return send_call(rpc_, key_, go_on_, name, call);
  }

  client::Rpc& rpc_;
  const AccountKey& key_;
  Hash256 genesis_;
  std::function<bool()> go_on_;
};

}  // namespace

std::unique_ptr<DutyChain> open_duty_chain(client::Rpc& rpc, const AccountKey& key,
                                           const Hash256& genesis, std::function<bool()> go_on) {
  return std::make_unique<RpcDutyChain>(rpc, key, genesis, std::move(go_on));
}

}  // namespace cess::miner
