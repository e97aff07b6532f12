// SPDX-License-Identifier: Apache-2.0
#include "tagger/chain_world.hpp"

#include <mutex>

#include "chain/client/state.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/state/files/files.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "transfer/chain_port.hpp"
#include "transfer/fetch.hpp"

namespace cess::tagger {
namespace {

constexpr std::size_t kTaggersMax = 4096;
constexpr std::size_t kGrantsMax = 65'536;

TaggerAt tagger_at(const TaggerId& id, const taggers::TaggerRecord& r) {
  return {id, r.endpoint, r.sign_key};
}

class ChainWorld final : public World {
 public:
  ChainWorld(std::string node, transfer::MinerLinks& links)
      : node_(std::move(node)), links_(links), rpc_(client::RpcClient::lazy(node_)) {}

  Result<Height> height() override {
    const std::lock_guard lock(mutex_);
    CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc_));
    return info.height;
  }
  Result<std::optional<files::File>> file(const Fid& fid) override {
    const std::lock_guard lock(mutex_);
    return client::get(rpc_, files::kFiles, fid);
  }
  Result<std::optional<files::RestoralOrder>> order(const Fid& fid, std::uint32_t segment,
                                                    std::uint16_t column) override {
    const std::lock_guard lock(mutex_);
    return client::get(rpc_, files::kRestorals, fid, segment, column);
  }
  Result<std::optional<Ed25519Public>> miner_key(const AccountId& miner) override {
    const std::lock_guard lock(mutex_);
    CESS_TRY_ASSIGN(const auto record, client::get(rpc_, miners::kMiners, miner));
    if (!record) return std::optional<Ed25519Public>();
    return std::optional<Ed25519Public>(record->sign_key);
  }
  Result<bool> may_read(const Fid& fid, const AccountId& who) override {
    const std::lock_guard lock(mutex_);
    CESS_TRY_ASSIGN(const auto owner, client::get(rpc_, files::kOwners, fid, who));
    if (owner) return true;
    CESS_TRY_ASSIGN(const auto grants,
                    client::list(rpc_, "files.grant", files::kGrants, kGrantsMax, fid));
    for (const auto& [key, capsule] : grants) {
      if (std::get<2>(key) == who) return true;
    }
    return false;
  }
  Result<bool> has_account(const AccountId& who) override {
    const std::lock_guard lock(mutex_);
    CESS_TRY_ASSIGN(const auto account, client::get(rpc_, accounts::kAccounts, who));
    return account.has_value();
  }
  Result<std::optional<TaggerAt>> tagger(const TaggerId& id) override {
    const std::lock_guard lock(mutex_);
    CESS_TRY_ASSIGN(const auto record, client::get(rpc_, taggers::kTaggers, id));
    if (!record) return std::optional<TaggerAt>();
    return std::optional(tagger_at(id, *record));
  }
  Result<std::vector<TaggerAt>> taggers() override {
    const std::lock_guard lock(mutex_);
    CESS_TRY_ASSIGN(const auto all,
                    client::list(rpc_, "taggers.tagger", taggers::kTaggers, kTaggersMax));
    std::vector<TaggerAt> out;
    for (const auto& [key, record] : all) {
      // Without an endpoint nobody could ask it for its share.
      if (record.state != taggers::TaggerState::active || record.endpoint.empty()) continue;
      out.push_back(tagger_at(std::get<0>(key), record));
    }
    return out;
  }
  Result<std::optional<TaggerId>> tagger_of(const Fid& fid, std::uint32_t segment,
                                            std::uint16_t column) override {
    const std::lock_guard lock(mutex_);
    CESS_TRY_ASSIGN(const auto page,
                    client::get(rpc_, files::kPages, fid, column, segment / files::kPageFragments));
    const std::size_t number = segment % files::kPageFragments;
    if (!page || number >= page->fragments.size()) return std::optional<TaggerId>();
    return std::optional(page->fragments[number].tagger);
  }
  Result<Group> fetch(const Manifest& manifest, std::uint32_t segment) override {
    // A connection of its own: fetching takes long, and others shall not wait for it.
    client::RpcClient rpc = client::RpcClient::lazy(node_);
    CESS_TRY_ASSIGN(const auto chain, transfer::open_chain(rpc, nullptr));
    const transfer::FetchOptions options;
    CESS_TRY_ASSIGN(const auto fetcher, transfer::fetch_segments(manifest, segment, segment + 1,
                                                                 *chain, links_, options));
    Group group;
    CESS_TRY_ASSIGN(const bool more, fetcher->next(group));
    if (!more) return fail(Code::peer, "no fragments of the segment came");
    return group;
  }

 private:
  std::string node_;
  transfer::MinerLinks& links_;
  std::mutex mutex_;
  client::RpcClient rpc_;
};

}  // namespace

std::unique_ptr<World> chain_world(std::string node, transfer::MinerLinks& links) {
  return std::make_unique<ChainWorld>(std::move(node), links);
}

}  // namespace cess::tagger
