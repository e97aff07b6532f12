// SPDX-License-Identifier: Apache-2.0
// A miner whose disk is memory, for tests: fragments of two taggers and untagged ones, an honest
// index, and ways to lose and to falsify.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "audit/locate.hpp"
#include "audit/prover.hpp"
#include "audit/service_index.hpp"
#include "audit/verifier.hpp"
#include "merkle/tree.hpp"
#include "unit/podr2/podr2_fixture.hpp"

namespace cess::test {

inline constexpr ProofSuite kSuites[] = {ProofSuite::kzg, ProofSuite::kzg_full, ProofSuite::merkle};

struct StoredTestFragment {
  Bytes data;
  TagFile tags;
};

/// An untagged fragment with the descriptor a store gives it.
inline StoredTestFragment untagged_fragment(std::uint64_t seed, std::size_t size) {
  StoredTestFragment f;
  f.data = noise(seed, size);
  f.tags.descriptor.suite = AuditSuite::merkle;
  f.tags.descriptor.file = FileId::from(noise(seed + 1, 32));
  f.tags.descriptor.length = size;
  f.tags.descriptor.root = fragment_root(f.data);
  return f;
}

inline StoredTestFragment tagged_fragment(std::size_t tagger_number, std::uint64_t seed,
                                          std::size_t size) {
  TestFragment f(tagger(tagger_number).tagger, seed, size);
  return {std::move(f.data), std::move(f.tags)};
}

class FakeMiner : public AuditSource {
 public:
  explicit FakeMiner(std::uint64_t id) : tree_(nodes_, 0) { miner_ = MinerId::from(noise(id, 32)); }
  FragId add(StoredTestFragment f) {
    const Descriptor& d = f.tags.descriptor;
    return add_as(std::move(f), d.blocks(), d.tagger);
  }
  /// The same with an index entry that need not be true.
  FragId add_as(StoredTestFragment f, std::uint32_t blocks, TaggerId tagger) {
    const FragId id = frag_id(f.tags.descriptor);
    const IndexEntry e{id, blocks, tagger};
    entries_.push_back(e);
    EXPECT_TRUE(tree_.append(sum_leaf(e)));
    fragments_[id] = std::move(f);
    return id;
  }
  /// Two taggers, short and whole blocks, an untagged fragment.
  static std::unique_ptr<FakeMiner> usual(std::uint64_t id) {
    auto m = std::make_unique<FakeMiner>(id);
    m->add(tagged_fragment(0, id * 100 + 1, 2 * kBlockSize + 1024));
    m->add(tagged_fragment(1, id * 100 + 2, kBlockSize));
    m->add(untagged_fragment(id * 100 + 3, kBlockSize + 4096 * 3));
    m->add(tagged_fragment(0, id * 100 + 4, 1024));
    m->add(tagged_fragment(1, id * 100 + 5, kBlockSize + 5000 * 2));
    return m;
  }
  Challenge challenge(ProofSuite suite, std::uint32_t count, std::uint32_t epoch = 1) {
    Challenge c;
    c.epoch = epoch;
    c.beacon.bytes.fill(static_cast<std::uint8_t>(epoch));
    c.miner = miner_;
    const auto root = tree_.root();
    c.svc_root = root->hash;
    c.blocks = root->sum;
    c.fragments = entries_.size();
    c.count = count;
    c.suite = suite;
    return c;
  }
  StoredTestFragment& fragment(std::size_t position) {
    return fragments_.at(entries_[position].frag);
  }
  void lose(std::size_t position) { lost.insert(entries_[position].frag); }
  [[nodiscard]] const std::vector<IndexEntry>& entries() const { return entries_; }
  IndexTotals totals() { return {miner_, *tree_.root(), entries_.size()}; }
  ServiceIndex list() {
    ServiceIndex out;
    for (const auto& e : entries_) out.add(e);
    return out;
  }

  MinerId miner() override { return miner_; }
  Result<SumNode> index_root() override { return tree_.root(); }
  Result<std::uint64_t> index_count() override { return entries_.size(); }
  Result<Hit> find(std::uint64_t block) override {
    CESS_TRY_ASSIGN(const auto hit, tree_.find(block));
    return Hit{hit.leaf, entries_[hit.leaf], static_cast<std::uint32_t>(hit.block_in_leaf)};
  }
  Result<std::vector<SumNode>> path(std::uint64_t position) override {
    return tree_.path(position);
  }
  Result<Descriptor> descriptor(const FragId& frag) override {
    CESS_TRY_ASSIGN(const TagFile t, tag_file(frag));
    return t.descriptor;
  }
  Result<TagFile> tag_file(const FragId& frag) override { return fragments_.at(frag).tags; }
  Result<TaggerPublic> tagger(const TaggerId& id) override {
    for (std::size_t n = 0; n < 2; ++n) {
      if (test::tagger(n).pub.head.id == id) return test::tagger(n).pub;
    }
    return fail(Code::no, "no such tagger");
  }
  Status read(const FragId& frag, std::uint64_t offset, MutByteView out) override {
    const int now = ++reading_;
    for (int most = reading_most; now > most && !reading_most.compare_exchange_weak(most, now);) {
    }
    bytes_read += out.size();
    const Status status = read_quietly(frag, offset, out);
    --reading_;
    return status;
  }

  std::set<FragId> lost;
  std::atomic<int> reading_most = 0;
  std::atomic<std::uint64_t> bytes_read = 0;
  Code lost_code = Code::no;

 private:
  Status read_quietly(const FragId& frag, std::uint64_t offset, MutByteView out) {
    if (lost.contains(frag)) return fail(lost_code, "cannot read '" + to_hex(frag) + "': gone");
    const Bytes& data = fragments_.at(frag).data;
    if (offset + out.size() > data.size()) return fail(Code::no, "past the end");
    std::copy_n(data.data() + offset, out.size(), out.data());
    return {};
  }

  MinerId miner_;
  std::vector<IndexEntry> entries_;
  std::map<FragId, StoredTestFragment> fragments_;
  MemorySumNodes nodes_;
  SumTree tree_;
  std::atomic<int> reading_ = 0;
};

/// The public file of a tagger, written once.
inline const Bytes& tagger_file(std::size_t n) {
  static const std::array<Bytes, 2> files = {encode_tagger_public(tagger(0).pub),
                                             encode_tagger_public(tagger(1).pub)};
  return files.at(n);
}

/// A verifier that knows both taggers.
inline AuditVerifier usual_verifier(unsigned threads = 1) {
  AuditVerifier v(threads);
  for (std::size_t n = 0; n < 2; ++n) {
    EXPECT_TRUE(v.add_tagger(tagger_file(n)));
  }
  return v;
}

inline AuditProof answer(FakeMiner& miner, const Challenge& c) {
  auto proof = answer_challenge(miner, c, {});
  EXPECT_TRUE(proof) << (proof ? "" : proof.error().message);
  return proof ? *proof : AuditProof{};
}

inline Reason reason_for(const AuditProof& proof) {
  AuditVerifier v = usual_verifier();
  const auto verdicts = v.judge({&proof, 1}, check_seed(99));
  EXPECT_TRUE(verdicts);
  return verdicts ? verdicts->at(0).reason : Reason::missing;
}

}  // namespace cess::test
