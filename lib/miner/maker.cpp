// SPDX-License-Identifier: Apache-2.0
#include "miner/maker.hpp"

#include <set>

#include "base/hex.hpp"
#include "chain/client/state.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "codec/keys.hpp"
#include "codec/rebuild.hpp"
#include "merkle/tree.hpp"
#include "transfer/chain_port.hpp"

namespace cess::miner {
namespace {

constexpr std::size_t kManifestsKept = 16;
constexpr unsigned kFetchRounds = 2;  // a claim does not last for ever, and comes again

}  // namespace

/// A file, as far as making its fragments needs it.
struct PeerMaker::Known {
  Bytes text;
  Manifest manifest;
  std::optional<Key256> mask;  ///< of a public file
};

PeerMaker::PeerMaker(Parts parts) : p_(std::move(parts)), chain_(p_.chain) {}
PeerMaker::~PeerMaker() = default;

void PeerMaker::abort() {
  const std::lock_guard lock(mutex_);
  aborted_ = true;
  if (asked_ != nullptr) asked_->abort();
}

Status PeerMaker::open_chain() {
  if (chain_ != nullptr) return {};
  CESS_TRY_ASSIGN(own_chain_, transfer::open_chain(p_.rpc, nullptr));
  chain_ = own_chain_.get();
  return {};
}

Result<std::shared_ptr<const PeerMaker::Known>> PeerMaker::known(const Fid& fid) {
  if (const auto it = known_.find(fid); it != known_.end()) return it->second;
  CESS_TRY(open_chain());
  transfer::FetchOptions options;
  options.rounds_max = kFetchRounds;
  auto k = std::make_shared<Known>();
  CESS_TRY_ASSIGN(k->text, transfer::fetch_manifest_text(fid, *chain_, p_.links, options));
  CESS_TRY_ASSIGN(k->manifest, parse_manifest(k->text));
  if (k->manifest.header.masked() && !k->manifest.custody) {
    auto keys = open_header(k->manifest.header, Identities{});
    if (keys && keys->mask) k->mask = std::move(*keys->mask);
  }
  if (known_.size() >= kManifestsKept) known_.clear();
  known_.emplace(fid, k);
  return std::shared_ptr<const Known>(k);
}

Status PeerMaker::check(const OrderAt& at) {
  CESS_TRY_ASSIGN(const auto k, known(at.fid));
  const Manifest& m = k->manifest;
  if (at.segment >= m.segments.size() || at.column >= m.profile().columns())
    return fail(Code::no, "its file has no such fragment");
  if (m.header.masked() && !m.custody && !k->mask)
    return fail(Code::no, "its owner masked it: nobody else can make it again");
  return {};
}

/// From k fragments of others, each with its root.
Result<Bytes> PeerMaker::rebuild(const Known& k, const OrderAt& at) {
  transfer::FetchOptions options;
  options.rounds_max = kFetchRounds;
  options.warn = p_.log;
  const Manifest& m = k.manifest;
  CESS_TRY_ASSIGN(const auto fetcher, transfer::fetch_segments(m, at.segment, at.segment + 1,
                                                               *chain_, p_.links, options));
  Group group;
  CESS_TRY_ASSIGN(const bool more, fetcher->next(group));
  if (!more) return fail(Code::peer, "no fragments of the segment came");
  std::vector<FragmentBytes> have;
  std::set<std::uint16_t> seen;
  for (const Candidate& c : group.candidates) {
    if (have.size() == m.profile().k) break;
    if (c.state == Candidate::State::good && seen.insert(c.pos.index).second)
      have.push_back({c.pos, c.data});
  }
  const unsigned n = m.profile().n();
  const FragmentPos pos{at.segment, static_cast<std::uint16_t>(at.column % n),
                        static_cast<std::uint16_t>(at.column / n)};
  std::vector<Bytes> out;
  CESS_TRY(rebuild_fragments(out, m.profile(), k.mask ? &*k.mask : nullptr, have, {&pos, 1}));
  return std::move(out[0]);
}

/// Any agent of the file rebuilds for the claimant.
Result<tagger::Rebuilt> PeerMaker::ask_agents(const Known& k, const OrderAt& at) {
  const tagger::Asker asker{p_.sign_seed.clone(), p_.genesis, &system_random(), &system_clock()};
  std::string why;
  for (const MaskShare& share : k.manifest.custody->shares) {
    const auto one = [&]() -> Result<tagger::Rebuilt> {
      CESS_TRY_ASSIGN(const auto record, client::get(p_.rpc, taggers::kTaggers, share.agent));
      if (!record) return fail(Code::no, "the chain does not know it any more");
      CESS_TRY_ASSIGN(auto client, tagger::TaggerClient::connect(
                                       {share.agent, record->endpoint, record->sign_key}, asker));
      {
        const std::lock_guard lock(mutex_);
        if (aborted_) return fail(Code::peer, "given up");
        asked_ = &client;
      }
      auto rebuilt = client.rebuild(k.manifest, as_text(k.text), at.segment, at.column);
      const std::lock_guard lock(mutex_);
      asked_ = nullptr;
      return rebuilt;
    }();
    if (one) return one;
    why += "; agent " + to_hex(share.agent).substr(0, 8) + ": " + one.error().message;
  }
  return fail(Code::peer, "no agent rebuilds it" + why);
}

Result<Bytes> PeerMaker::good_tags(const Bytes& offered, const Bytes& data,
                                   const files::Fragment& fragment) {
  CESS_TRY_ASSIGN(const auto all, parse_tag_files(offered, files::kColumnsMax));
  const TagFile* own = nullptr;
  for (const TagFile& t : all) {
    if (frag_id(t.descriptor) == fragment.frag) own = &t;
  }
  if (own == nullptr) return fail(Code::no, "the fragment's tag file is not among them");
  CESS_TRY(p_.shelf.check_tags(*own, data));
  Bytes out = encode_tag_file(*own);
  std::set<std::pair<std::uint16_t, std::uint16_t>> seen = {
      {own->descriptor.fragment, own->descriptor.replica}};
  for (const TagFile& t : all) {
    const Descriptor& d = t.descriptor;
    if (d.file != own->descriptor.file || d.segment != own->descriptor.segment) continue;
    if (seen.emplace(d.fragment, d.replica).second) append(out, encode_tag_file(t));
  }
  return out;
}

Status PeerMaker::find_tags(Remade& out, const OrderAt& at, const files::Fragment& fragment) {
  const Bytes from_agent = std::move(out.tags);
  out.tags.clear();
  std::string why;
  CESS_TRY_ASSIGN(const auto file, chain_->file(at.fid));
  if (!file) return fail(Code::no, "the chain does not know the file any more");
  for (std::uint16_t c = 0; c < file->profile.columns(); ++c) {
    const auto one = [&]() -> Status {
      CESS_TRY_ASSIGN(const auto beside, chain_->fragment(at.fid, at.segment, c));
      if (!beside || !beside->living) return fail(Code::no, "nobody holds it");
      CESS_TRY_ASSIGN(const auto id, chain_->holder(beside->frag));
      if (!id) return fail(Code::no, "nobody holds it");
      CESS_TRY_ASSIGN(const auto miner, chain_->miner(*id));
      if (!miner) return fail(Code::no, "its miner is gone");
      CESS_TRY_ASSIGN(const auto link, p_.links.open(*id, *miner));
      if (!p_.shelf.reader().has_tagger(fragment.tagger)) {
        CESS_TRY_ASSIGN(const Bytes key, link->get_tagger(at.fid, fragment.tagger));
        CESS_TRY(p_.shelf.put_tagger(fragment.tagger, key));
      }
      CESS_TRY_ASSIGN(const Bytes offered, link->get_segment_tags(at.fid, at.segment));
      CESS_TRY_ASSIGN(out.tags, good_tags(offered, out.data, fragment));
      return {};
    }();
    if (one) return {};
    why += "; column " + std::to_string(c) + ": " + one.error().message;
  }
  if (!from_agent.empty()) {
    CESS_TRY_ASSIGN(out.tags, good_tags(from_agent, out.data, fragment));
    return {};
  }
  return fail(Code::peer, "nobody has the fragment's tags" + why);
}

Result<Remade> PeerMaker::make(const OrderAt& at, const files::File& /*file*/,
                               const files::Fragment& fragment) {
  CESS_TRY(check(at));
  CESS_TRY_ASSIGN(const auto k, known(at.fid));
  CESS_TRY(open_chain());
  Remade out;
  if (k->manifest.custody) {
    CESS_TRY_ASSIGN(tagger::Rebuilt rebuilt, ask_agents(*k, at));
    out.data = std::move(rebuilt.data);
    out.tags = std::move(rebuilt.tags);
  } else {
    CESS_TRY_ASSIGN(out.data, rebuild(*k, at));
  }
  if (fragment_root(out.data) != fragment.root)
    return fail(Code::peer, "what was made does not have the fragment's root");
  out.manifest = k->text;
  if (fragment.tagger.is_zero()) {
    out.tags.clear();
    return out;
  }
  CESS_TRY(find_tags(out, at, fragment));
  return out;
}

}  // namespace cess::miner
