// SPDX-License-Identifier: Apache-2.0
// What happens when a block is final.
#include <algorithm>

#include "chain/node/detail/node_impl.hpp"
#include "chain/node/detail/rpc.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "sys/clock.hpp"

namespace cess::node {
namespace {

constexpr Height kPruneMarginMin = 128;  // receipts and certificates that others may still ask for

}  // namespace

void Node::commit(const consensus::action::Commit& a, const ledger::ParsedPtr& parsed) {
  const Header& header = parsed->block.header;
  if (header.state_root != ledger_->position().state_root) {
    return fail_node(
        {Code::system,
         "state differs from the chain's after block " + std::to_string(ledger_->height()), "state",
         "remove data/db and let the node sync again; keep voter-0 and voter-1"});
  }
  const std::uint64_t start = system_clock().monotonic_ns();
  const Era era = ledger_->next_era();
  auto final_block = std::make_shared<FinalBlock>();
  final_block->parsed = parsed;
  final_block->bytes = a.block;
  final_block->certificate = a.certificate;
  final_block->result = std::make_shared<const BlockResult>(ledger_->execute(*parsed));
  final_block->position = ledger_->position();
  counters_.execute_us += (system_clock().monotonic_ns() - start) / 1000;
  ++counters_.blocks;
  counters_.txns += parsed->txns.size();
  const bool era_ends = ledger_->next_era() != era;
  const auto snapshot = std::make_shared<Snapshot>();
  disk_->run(
      [this, final_block, era_ends, snapshot, every = options_.spacing.snapshot]() -> Status {
        CESS_TRY(store_->apply(store_->block_changes(*final_block->parsed, *final_block->bytes,
                                                     final_block->certificate, *final_block->result,
                                                     final_block->position, era_ends)));
        if (final_block->position.height % every != 0) return {};
        // Now and here, where nothing is written meanwhile: the database is the state after this
        // block.
        CESS_TRY_ASSIGN(snapshot->kv, store_->kv().snapshot());
        snapshot->position = final_block->position;
        return {};
      },
      [this, final_block, snapshot](const Status& status) {
        if (status && snapshot->kv) keep_snapshot(std::move(*snapshot));
        on_durable(final_block, status);
      });
  update_pool(*final_block);
  for (const auto& evidence : suspects_.settle(header, a.certificate))
    add_evidence(encode_evidence(evidence));
  std::erase_if(blocks_, [&](const auto& entry) { return entry.second.first + 1 < a.height; });
  parsed_.clear();
  update_reserved();
  feed(consensus::event::Advanced{ledger_->height() + 1, ledger_->voters()});
  feed_sync(consensus::sync_event::Stand{
      ledger_->height() + 1, ledger::digest_of(ledger_->position().hash), ledger_->voters()});
}

void Node::update_pool(const FinalBlock& block) {
  std::map<AccountId, SenderView> senders;
  for (const ReadTxn& txn : block.parsed->txns) {
    remember(txn.hash);
    senders.try_emplace(txn.txn.body.sender);
  }
  for (auto& [sender, view] : senders) {
    const auto account = accounts::account(ledger_->state(), sender);
    view = {account.nonce, account.free};
  }
  pool_.on_block(senders, ledger_->height() + 1);
  std::erase_if(evidence_, [&](const auto& entry) {
    const auto& offences = entry.second.offences;
    return std::none_of(offences.begin(), offences.end(),
                        [&](const Offence& o) { return ledger_->is_news(o); });
  });
}

void Node::on_durable(const FinalPtr& block, const Status& status) {
  if (!status) return fail_node(status.error());
  durable_ = block->position.height;
  durable_hash_ = block->position.hash;
  broadcast(own_head());
  if (rpc_) rpc_->on_final(block);
  prune();
  do_duty();
}

void Node::prune() {
  if (config_.archive || pruning_ || durable_ % options_.spacing.prune != 0) return;
  const Height keep = options_.spacing.prune_keep != 0
                          ? options_.spacing.prune_keep
                          : std::max(config_.keep_blocks, kPruneMarginMin);
  if (durable_ <= keep || oldest_ >= durable_ - keep) return;
  pruning_ = true;
  const Height from = oldest_;
  const Height to = std::min(durable_ - keep, oldest_ + 4 * options_.spacing.prune);
  disk_->run(
      [this, from, to]() -> Status {
        CESS_TRY_ASSIGN(const KvChanges changes, store_->prune_changes(from, to));
        return store_->apply(changes);
      },
      [this, to](const Status& status) {
        pruning_ = false;
        if (!status) return log("pruning: " + status.error().message);
        oldest_ = to;
      });
}

/// Validators of this and the next era are let in when the house is full.
void Node::update_reserved() {
  const Era era = ledger_->next_era();
  if (era == reserved_era_ && ledger_->height() % 16 != 0) return;
  reserved_era_ = era;
  std::set<net::NodeKey> keys;
  for (const Era e : {era, era + 1}) {
    if (const auto committee = ledger_->committee_of_era(e)) {
      for (const auto& m : committee->members) keys.insert(net::NodeKey::from(m.node_key));
    }
  }
  peers_->set_reserved(std::move(keys));
}

}  // namespace cess::node
