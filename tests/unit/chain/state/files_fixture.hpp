// SPDX-License-Identifier: Apache-2.0
// Files in a test chain: bytes, declarations and receipts as users and miners make them.
#pragma once

#include <map>

#include "chain/state/files/internal.hpp"
#include "market_fixture.hpp"
#include "merkle/tree.hpp"

namespace cess {

constexpr std::uint32_t kTestFragment = 64U << 10U;

/// A declaration with the bytes behind it: data[segment][column].
struct TestFile {
  files::Declare declare;
  std::vector<std::vector<Bytes>> data;
  [[nodiscard]] const Fid& fid() const { return declare.fid; }
};

/// `size` bytes that follow from `seed`.
inline Bytes test_noise(const std::string& seed, std::size_t size) {
  Bytes out;
  for (int i = 0; out.size() < size; ++i) {
    append(out, sha256(as_bytes(seed + std::to_string(i))).view());
  }
  out.resize(size);
  return out;
}

inline files::Profile test_profile(std::uint8_t k, std::uint8_t m, std::uint8_t copies = 1) {
  return {k, m, copies, 1, kTestFragment};
}

/// With `with_data` false the roots are noise and there are no bytes.
inline TestFile make_test_file(const std::string& owner, const std::string& seed,
                               const files::Profile& profile, std::uint64_t length,
                               bool with_data = false) {
  TestFile t;
  auto& d = t.declare;
  d.owner = TestChain::id(owner);
  d.file_id = FileId::from(sha256(as_bytes("file id " + seed)).view());
  d.manifest = sha256(as_bytes("manifest " + seed));
  d.length = length;
  d.profile = profile;
  d.territory = "photos";
  d.capsule = {1, 2, 3};
  files::File f;
  f.file_id = d.file_id;
  f.length = length;
  f.profile = profile;
  f.segment_count = files::segments_of(profile, length);
  std::vector<Hash256> leaves;
  for (std::uint32_t s = 0; s < f.segment_count; ++s) {
    const auto size = files::fragment_length(f, s);
    std::vector<Hash256> roots;
    if (with_data) t.data.emplace_back();
    for (std::uint32_t c = 0; c < profile.columns(); ++c) {
      const std::string name = seed + "/" + std::to_string(s) + "/" + std::to_string(c) + "/";
      if (with_data) {
        t.data.back().push_back(test_noise(name, size));
        roots.push_back(fragment_root(t.data.back().back()));
      } else {
        roots.push_back(sha256(as_bytes(name)));
      }
    }
    leaves.push_back(files::segment_leaf(f, s, roots));
    d.roots.insert(d.roots.end(), roots.begin(), roots.end());
  }
  if (!leaves.empty()) d.fid = files::compute_fid(f, leaves);
  return t;
}

/// A chain with miners miner0 … and alice's territory "photos".
struct FilesChain {
  explicit FilesChain(std::size_t miner_count, Json spec = Json::object(),
                      std::uint64_t declared = 100 * kTestGib)
      : FilesChain(market_options(miner_count, std::move(spec), true), miner_count, declared) {}
  FilesChain(TestChain::Options options, std::size_t miner_count, std::uint64_t declared)
      : chain(std::move(options)), miners(miner_count) {
    add_miners(chain, miner_count, declared);
    for (std::size_t i = 0; i < miner_count; ++i) {
      names[TestChain::id("miner" + std::to_string(i))] = "miner" + std::to_string(i);
    }
  }
  void lease(const std::string& owner, std::uint32_t gib = 1, std::uint32_t days = 100,
             const std::string& name = "photos") {
    chain.must(owner, "territory.mint", territory::Mint{name, gib, days, std::nullopt});
  }
  files::File file(const Fid& fid) {
    auto f = files::kFiles.get(chain.state(), fid);
    EXPECT_TRUE(f.has_value());
    return f.value_or(files::File{});
  }
  std::vector<std::pair<std::uint32_t, std::uint16_t>> slots(const Fid& fid) {
    std::vector<std::pair<std::uint32_t, std::uint16_t>> out;
    for (const auto& [f, stripe, column] : files::kSlots.keys(chain.state(), 1000, fid)) {
      out.emplace_back(stripe, column);
    }
    return out;
  }
  /// Signed by the slot's miner; in suite 2 unless a tagger is named.
  files::SlotReceipt receipt(const Fid& fid, std::uint32_t stripe, std::uint16_t column,
                             const TaggerId& tagger = {}) {
    const auto slot = files::kSlots.get(chain.state(), fid, stripe, column);
    const auto f = file(fid);
    files::SlotReceipt r{fid, f.deal, stripe, column, tagger, {}, {}};
    if (!slot) return r;
    if (!tagger.is_zero()) {
      const auto [first, end] = files::stripe_range(f, stripe);
      for (auto s = first; s < end; ++s) {
        files::Nonce n{};
        n[0] = static_cast<std::uint8_t>(s);
        n[1] = static_cast<std::uint8_t>(column);
        r.nonces.push_back(n);
      }
    }
    sign(r, slot->miner);
    return r;
  }
  void sign(files::SlotReceipt& r, const AccountId& miner) {
    const auto s = ed25519_sign(TestChain::key(names.at(miner) + " receipts"),
                                files::receipt_message(chain.genesis(), miner, r));
    r.signature.assign(s.begin(), s.end());
  }
  /// Reports every open slot.
  void report_all(const Fid& fid, const TaggerId& tagger = {}) {
    for (const auto& [stripe, column] : slots(fid)) {
      if (files::kSlots.get(chain.state(), fid, stripe, column)->reported) continue;
      chain.must("bob", "files.report_long", files::Report{{receipt(fid, stripe, column, tagger)}});
    }
  }
  /// From declaration to active.
  void store(const std::string& sender, const TestFile& f, const TaggerId& tagger = {}) {
    chain.must(sender, "files.declare", f.declare);
    chain.block();
    report_all(f.fid(), tagger);
    EXPECT_EQ(file(f.fid()).state, files::FileState::active);
  }
  std::string holder(const Fid& fid, std::uint32_t segment, std::uint16_t column) {
    const auto f = files::fragment_at(chain.state(), fid, segment, column);
    if (!f || !f->living) return "";
    return names.at(index_holder(chain.state(), f->frag)->miner);
  }
  files::LeafOpening open(const TestFile& f, std::uint16_t column, const files::LeafPlace& p) {
    const Bytes& bytes = f.data.at(p.segment).at(column);
    std::vector<Hash256> leaves(leaf_count(bytes.size()));
    hash_leaves(leaves, bytes);
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(p.leaf * kLeafSize);
    return {Bytes(from, from + static_cast<std::ptrdiff_t>(p.size)), merkle_path(leaves, p.leaf)};
  }

  TestChain chain;
  std::size_t miners;
  std::map<AccountId, std::string> names;
};

}  // namespace cess
