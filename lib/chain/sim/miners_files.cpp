// SPDX-License-Identifier: Apache-2.0
// Files in a world of model miners: leased space, declarations, and the receipts of drawn miners.
#include <algorithm>

#include "chain/sim/miners_impl.hpp"
#include "chain/state/files/layout.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "chain/state/territory/calls.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"

namespace cess::sim {
namespace {

constexpr std::uint32_t kGib = 1;
constexpr std::uint32_t kDays = 60;
constexpr std::size_t kDeclaresPerBlock = 8;
constexpr std::uint64_t kFileLength = 3000;
// Of the second, one lost fragment is rebuilt at once.
const files::Profile kProfile{4, 8, 1, 1, 64U << 10U};
const files::Profile kSlimProfile{4, 2, 1, 1, 64U << 10U};
const std::string kTerritory = "sim";

Bytes noise(std::uint64_t seed, std::size_t size) {
  Bytes out;
  Random r(seed);
  while (out.size() < size) out.push_back(static_cast<std::uint8_t>(r.next()));
  return out;
}

}  // namespace

void MinerCrowd::Impl::make_files(std::size_t count, std::size_t tagged_every) {
  for (std::size_t i = 0; i < count; ++i) {
    ModelFile m;
    m.owner = i % owners.size();
    m.tagged = tagged_every != 0 && i % tagged_every == 1 % tagged_every;
    files::Declare& d = m.declare;
    d.owner = owners[m.owner].key.id;
    d.file_id = FileId::from(sha256(noise(random.next(), 16)).view());
    d.manifest = sha256({as_bytes("manifest"), d.file_id.view()});
    d.length = kFileLength;
    d.profile = i % 2 == 0 ? kProfile : kSlimProfile;
    d.territory = kTerritory;
    d.capsule = {1, 2, 3};
    files::File f;
    f.file_id = d.file_id;
    f.length = d.length;
    f.profile = d.profile;
    f.segment_count = files::segments_of(d.profile, d.length);
    CESS_CHECK(f.segment_count == 1);
    for (std::uint32_t c = 0; c < d.profile.columns(); ++c) {
      m.columns.push_back(noise(random.next(), files::fragment_length(f, 0)));
      d.roots.push_back(fragment_root(m.columns.back()));
    }
    const std::vector<Hash256> leaves = {files::segment_leaf(f, 0, d.roots)};
    d.fid = files::compute_fid(f, leaves);
    wanted.push_back(std::move(m));
  }
}

void MinerCrowd::Impl::lease(World& w, const State& state, Height height) {
  for (Sender& o : owners) {
    if (territory::find(state, o.key.id, kTerritory)) continue;
    if (o.sent_at != 0 && height < o.sent_at + 10) continue;
    say(w, state, o, height, "territory.mint", territory::Mint{kTerritory, kGib, kDays, {}});
  }
}

void MinerCrowd::Impl::declare(World& w, const State& state, Height height) {
  std::size_t sent = 0;
  for (ModelFile& m : wanted) {
    if (sent == kDeclaresPerBlock) return;
    if (m.tried_at != 0 && height < m.tried_at + 20) continue;
    if (files::kFiles.has(state, m.declare.fid)) continue;
    if (m.tagged && !taggers::is_active(state, tagger->id())) continue;
    if (!territory::find(state, m.declare.owner, kTerritory)) continue;
    m.tried_at = height;
    ++sent;
    say(w, state, owners[m.owner], height, "files.declare", m.declare);
  }
}

// Every drawn miner that lives says that it holds its slots.
void MinerCrowd::Impl::report_slots(World& w, const State& state, Height height) {
  std::map<std::size_t, files::Report> reports;
  active = 0;
  for (ModelFile& m : wanted) {
    if (m.tried_at == 0) continue;
    const auto file = files::kFiles.get(state, m.declare.fid);
    if (!file) continue;
    active += file->state == files::FileState::active ? 1U : 0U;
    if (file->state != files::FileState::placing) continue;
    for (const auto& [fid, stripe, column] : files::kSlots.keys(state, 100, m.declare.fid)) {
      const auto slot = files::kSlots.get(state, fid, stripe, column);
      const auto who = by_account.find(slot->miner);
      if (slot->reported || who == by_account.end()) continue;
      const Miner& miner = list[who->second];
      Height& tried = m.reported[column];
      if (height >= miner.dies_at || (tried != 0 && height < tried + 8)) continue;
      auto& report = reports[who->second];
      if (report.receipts.size() == files::kReceiptsMax) continue;
      tried = height;
      report.receipts.push_back({fid, file->deal, stripe, column, {}, {}, {}});
      HeldFragment h;
      if (m.tagged) {
        h = tag(m, column);
        report.receipts.back().tagger = tagger->id();
        report.receipts.back().nonces = {h.descriptor.nonce};
      } else {
        h.descriptor.file = file->file_id;
        h.descriptor.fragment = column;
        h.data = m.columns[column];
        h.descriptor.length = h.data.size();
        h.descriptor.root = m.declare.roots[column];
      }
      h.lost = miner.kind == MinerKind::cheat && column % 2 == 1;
      held[frag_id(h.descriptor)] = std::move(h);
    }
  }
  for (const auto& [number, report] : reports) {
    say(w, state, list[number].sender, height, "files.report", report);
  }
}

}  // namespace cess::sim
