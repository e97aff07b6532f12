// SPDX-License-Identifier: Apache-2.0
// A chain and miners in memory, with faults: miners that are away, refuse, lie, or never answer.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "chain/state/files/layout.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"
#include "transfer/deliver.hpp"
#include "transfer/fetch.hpp"
#include "transfer/stage.hpp"

namespace cess::transfer {

inline AccountId account(std::uint8_t n) {
  AccountId id;
  id.bytes[0] = n;
  return id;
}

/// What a miner has, and how it misbehaves. Guarded by the world's mutex.
struct FakeMiner {
  std::map<std::pair<std::uint32_t, std::uint16_t>, Bytes> fragments;  // segment, column
  std::map<std::uint32_t, Bytes> tags;  // of a segment, as they came last
  Bytes manifest;
  std::map<TaggerId, Bytes> taggers;  // public files
  bool away = false;                  ///< Code::peer to everything
  bool lies = false;                  ///< flips a byte of what it gives
  bool stalls = false;                ///< answers a get only when aborted
  int refuse_puts = 0;                ///< so many refusals to come
  unsigned puts = 0;
  unsigned gets = 0;
};

class FakeWorld final : public ChainPort, public MinerLinks {
 public:
  explicit FakeWorld(unsigned miner_count) {
    for (unsigned i = 1; i <= miner_count; ++i) {
      miners_[account(static_cast<std::uint8_t>(i))];
    }
  }

  /// Declares a staged bundle; miners are drawn: column c to miner c + 1.
  void declare(const Staged& staged, std::uint32_t stripe_segments) {
    const Manifest& m = staged.manifest();
    files::File f;
    f.file_id = m.file;
    f.length = m.length;
    f.profile = chain_profile(m.profile());
    f.segment_count = files::segments_of(f.profile, m.length);
    f.stored_bytes = files::stored_bytes(f);
    f.manifest = staged.manifest_digest();
    f.deal = 7;
    f.stripe_segments = stripe_segments;
    f.slot_count = files::stripe_count(f) * f.profile.columns();
    file_ = f;
    fid_ = staged.fid();
    manifest_ = m;
    for (std::uint32_t s = 0; s < files::stripe_count(f); ++s) {
      for (std::uint16_t c = 0; c < f.profile.columns(); ++c) {
        slots_[{s, c}] = {account(static_cast<std::uint8_t>(c + 1)), false};
      }
    }
  }

  // ---- ChainPort; every question is a block
  [[nodiscard]] const Hash256& genesis() const override { return genesis_; }
  Result<Height> height() override {
    ++height_;
    if (on_block) on_block(height_);
    return height_;
  }
  Result<std::optional<files::File>> file(const Fid& fid) override {
    return fid == fid_ ? file_ : std::nullopt;
  }
  Result<std::vector<SlotAt>> slots(const Fid& /*fid*/) override {
    std::vector<SlotAt> out;
    for (const auto& [at, slot] : slots_) out.push_back({at.first, at.second, slot});
    return out;
  }
  Result<std::optional<miners::Miner>> miner(const AccountId& id) override {
    if (!miners_.contains(id)) return std::optional<miners::Miner>();
    return std::optional(records[id]);
  }
  Result<std::optional<files::Fragment>> fragment(const Fid& /*fid*/, std::uint32_t segment,
                                                  std::uint16_t column) override {
    files::Fragment f;
    f.root = manifest_.segments[segment].roots[column];
    f.frag.bytes[0] = static_cast<std::uint8_t>(segment + 1);
    f.frag.bytes[1] = static_cast<std::uint8_t>(column);
    f.living = moved_.contains({segment, column});
    return std::optional(f);
  }
  Result<std::optional<AccountId>> holder(const FragId& frag) override {
    const auto found = moved_.find({frag.bytes[0] - 1U, frag.bytes[1]});
    return found == moved_.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<Status> report(std::span<const ReportCall> calls) override {
    std::vector<Status> out;
    at_once = std::max(at_once, calls.size());
    for (const auto& c : calls) {
      const Status way = on_report ? on_report(reports) : Status{};
      out.push_back(way ? report_one(c.report, c.is_long) : way);
      if (!way) ++reports;
    }
    return out;
  }
  Status report_one(const files::Report& report, bool is_long) {
    ++reports;
    EXPECT_LE(report.receipts.size(), is_long ? 1U : files::kReceiptsMax);
    bool any = false;
    for (const auto& r : report.receipts) {
      auto& slot = slots_.at({r.stripe, r.column});
      if (slot.reported || r.deal != file_->deal || r.signature != expected(slot.miner, r)) {
        continue;
      }
      slot.reported = any = true;
      if (++file_->reported_count == file_->slot_count) file_->state = files::FileState::active;
    }
    return any ? Status{} : fail(Code::no, "every receipt was refused");
  }

  // ---- MinerLinks
  Result<std::unique_ptr<MinerLink>> open(const AccountId& id, const miners::Miner&) override;

  static Bytes signature(const AccountId& miner, files::SlotReceipt r) {
    const Hash256 h = sha256(files::receipt_message({}, miner, std::move(r)));
    return {h.bytes.begin(), h.bytes.end()};
  }

  std::mutex mutex;
  std::condition_variable aborted;
  std::map<AccountId, FakeMiner> miners_;
  std::optional<files::File> file_;
  std::map<std::pair<std::uint32_t, std::uint16_t>, files::Slot> slots_;
  std::map<std::pair<std::uint32_t, std::uint16_t>, AccountId> moved_;  // after a repair
  std::function<void(Height)> on_block;
  std::map<AccountId, miners::Miner> records;  // what the chain says of them
  std::function<Bytes(const AccountId&, const files::SlotReceipt&)> expected = signature;
  unsigned reports = 0;
  unsigned receipts = 0;                          // that were signed; guarded by mutex
  std::size_t at_once = 0;                        // most reports of one call
  std::function<Status(unsigned nth)> on_report;  // an error: it never gets to the chain

 private:
  Hash256 genesis_;
  Fid fid_;
  Manifest manifest_;
  Height height_ = 0;
};

class FakeLink final : public MinerLink {
 public:
  FakeLink(FakeWorld& world, const AccountId& id) : world_(world), id_(id) {}

  Result<std::vector<bool>> held(const Fid&, std::uint16_t column, std::uint32_t first,
                                 std::uint32_t count) override {
    const std::lock_guard lock(world_.mutex);
    CESS_TRY(here());
    std::vector<bool> out;
    for (std::uint32_t s = first; s < first + count; ++s) {
      out.push_back(me().fragments.contains({s, column}));
    }
    return out;
  }
  Status put_manifest(const Fid&, ByteView text) override {
    const std::lock_guard lock(world_.mutex);
    CESS_TRY(here());
    me().manifest.assign(text.begin(), text.end());
    return {};
  }
  Status put_tagger(const Fid&, const TaggerId& id, ByteView file) override {
    const std::lock_guard lock(world_.mutex);
    CESS_TRY(here());
    const auto key = parse_tagger_public(file);
    EXPECT_TRUE(key);
    if (key) {
      EXPECT_EQ(key->head.id, id);
    }
    me().taggers[id].assign(file.begin(), file.end());
    return {};
  }
  Status put_fragment(const Fid&, std::uint32_t segment, std::uint16_t column, const Hash256& root,
                      ByteView data, ByteView tags) override {
    EXPECT_EQ(fragment_root(data), root);
    const std::lock_guard lock(world_.mutex);
    CESS_TRY(here());
    ++me().puts;
    if (me().refuse_puts > 0) {
      --me().refuse_puts;
      return fail(Code::busy, "the disk is full");
    }
    const auto parsed = parse_tag_files(tags, files::kColumnsMax);
    EXPECT_TRUE(parsed);
    // As a real miner: who made the tags must be known first.
    if (parsed && !parsed->front().descriptor.tagger.is_zero() &&
        !me().taggers.contains(parsed->front().descriptor.tagger)) {
      return fail(Code::input, "send the tagger's public file first");
    }
    me().tags[segment].assign(tags.begin(), tags.end());
    me().fragments[{segment, column}].assign(data.begin(), data.end());
    return {};
  }
  Result<Bytes> sign_receipt(const files::SlotReceipt& receipt) override {
    const std::lock_guard lock(world_.mutex);
    CESS_TRY(here());
    ++world_.receipts;
    return FakeWorld::signature(id_, receipt);
  }
  Result<Bytes> get_manifest(const Fid&) override {
    std::unique_lock lock(world_.mutex);
    CESS_TRY(wait(lock));
    Bytes out = me().manifest;
    if (out.empty()) return fail(Code::no, "no such manifest");
    if (me().lies) out[out.size() / 2] ^= 1;
    return out;
  }
  Result<Bytes> get_fragment(const Fid&, std::uint32_t segment, std::uint16_t column,
                             std::uint32_t) override {
    std::unique_lock lock(world_.mutex);
    ++me().gets;
    CESS_TRY(wait(lock));
    const auto found = me().fragments.find({segment, column});
    if (found == me().fragments.end()) return fail(Code::no, "no such fragment");
    Bytes out = found->second;
    if (me().lies) out[out.size() / 2] ^= 1;
    return out;
  }
  Result<Bytes> get_segment_tags(const Fid&, std::uint32_t segment) override {
    const std::lock_guard lock(world_.mutex);
    CESS_TRY(here());
    if (!me().tags.contains(segment)) return fail(Code::no, "nothing of this segment");
    return me().tags[segment];
  }
  Result<Bytes> get_tagger(const Fid&, const TaggerId& id) override {
    const std::lock_guard lock(world_.mutex);
    CESS_TRY(here());
    if (!me().taggers.contains(id)) return fail(Code::no, "no such tagger");
    return me().taggers[id];
  }
  void abort() override {
    const std::lock_guard lock(world_.mutex);
    aborted_ = true;
    world_.aborted.notify_all();
  }

 private:
  FakeMiner& me() { return world_.miners_.at(id_); }
  Status here() {
    return me().away || aborted_ ? Status(fail(Code::peer, "connection refused")) : Status{};
  }
  Status wait(std::unique_lock<std::mutex>& lock) {
    if (me().stalls) world_.aborted.wait(lock, [this] { return aborted_; });
    return here();
  }

  FakeWorld& world_;
  AccountId id_;
  bool aborted_ = false;
};

inline Result<std::unique_ptr<MinerLink>> FakeWorld::open(const AccountId& id,
                                                          const miners::Miner&) {
  return std::make_unique<FakeLink>(*this, id);
}

}  // namespace cess::transfer
