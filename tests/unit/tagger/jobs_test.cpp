// SPDX-License-Identifier: Apache-2.0
// links: codec
#include "tagger/jobs.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "codec/tee_mask.hpp"
#include "merkle/tree.hpp"
#include "podr2/ingest.hpp"
#include "podr2/tag_file.hpp"
#include "support.hpp"
#include "transfer/staged.hpp"

namespace cess::tagger::test {
namespace {

const AccountId kOwner = AccountId::from(random_bytes(32, 5));

std::unique_ptr<Jobs> open_jobs(const TempDir& dir, JobLimits limits = {}) {
  auto jobs = Jobs::open(dir / "staging", keys_of(key(0)), limits, system_random());
  EXPECT_TRUE(jobs) << jobs.error().message;
  return jobs ? std::move(*jobs) : nullptr;
}

std::string manifest_of(const Encoded& file) { return *write_manifest(file.manifest); }

const std::vector<Agent> kAgents = {agent_of(key(0)), agent_of(key(1))};

TEST(TaggerJobs, AnUploadBecomesAMaskedBundle) {
  const TempDir dir;
  const Encoded file = plain_file();
  const auto jobs = open_jobs(dir);
  const auto begun = jobs->begin(kOwner, encode_header(file.manifest.header), 1);
  ASSERT_TRUE(begun) << begun.error().message;
  for (const auto& [pos, data] : file.fragments) ASSERT_TRUE(jobs->put(begun->id, pos, data, 2));
  const auto text = jobs->seal(begun->id, as_bytes(manifest_of(file)), kAgents);
  ASSERT_TRUE(text) << text.error().message;
  const auto masked = parse_manifest(as_bytes(*text));
  ASSERT_TRUE(masked);
  ASSERT_TRUE(masked->custody);
  // The agents' key takes the mask off again.
  std::vector<ShamirShare> shares;
  for (const std::size_t i : {0U, 1U}) {
    auto share =
        open_share(masked->file, *masked->custody, key(i).head.id, key(i).secret.sign_seed());
    ASSERT_TRUE(share);
    shares.push_back(std::move(*share));
  }
  const auto mask = combine_custody(masked->file, *masked->custody, shares);
  ASSERT_TRUE(mask);
  const auto staged = transfer::Staged::open(jobs->bundle_folder(begun->id));
  ASSERT_TRUE(staged);
  for (std::uint16_t c = 0; c < masked->profile().columns(); ++c) {
    auto data = staged->fragment(0, c);
    const auto tags = staged->tags(0, c);
    ASSERT_TRUE(data && tags);
    const auto parsed = parse_tag_file(*tags);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->descriptor.root, masked->segments[0].roots[c]);
    EXPECT_EQ(fragment_root(*data), masked->segments[0].roots[c]);
    EXPECT_TRUE(verify_tag_signature(*parsed, key(0).head));
    const FragmentPos pos = staged->pos(0, c);
    EXPECT_NE(*data, file.fragments.at(pos));
    apply_mask(*data, *mask, pos);
    EXPECT_EQ(*data, file.fragments.at(pos));
  }
  EXPECT_TRUE(staged->receipt(0, 1, 0));
  // Sealed again: the same text; nothing can be changed any more.
  EXPECT_EQ(*jobs->seal(begun->id, as_bytes(manifest_of(file)), kAgents), *text);
  EXPECT_EQ(jobs->by_fid(masked->fid), begun->id);
  ASSERT_TRUE(jobs->set_delivered(begun->id));
  EXPECT_EQ(jobs->totals().bytes, 0U);
  EXPECT_TRUE(staged->tags(0, 0));
  EXPECT_FALSE(staged->fragment(0, 0));
  EXPECT_FALSE(jobs->drop(begun->id));
}

TEST(TaggerJobs, GoesOnAfterEveryRestart) {
  const TempDir dir;
  const Encoded file = plain_file();
  auto jobs = open_jobs(dir);
  const auto begun = jobs->begin(kOwner, encode_header(file.manifest.header), 1);
  ASSERT_TRUE(begun);
  std::size_t done = 0;
  for (const auto& [pos, data] : file.fragments) {
    ASSERT_TRUE(jobs->put(begun->id, pos, data, 2));
    const std::uint64_t bytes = jobs->totals().bytes;
    jobs.reset();
    jobs = open_jobs(dir);
    ASSERT_TRUE(jobs);
    EXPECT_EQ(jobs->totals().bytes, bytes);
    const auto again = jobs->begin(kOwner, encode_header(file.manifest.header), 3);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->id, begun->id);
    EXPECT_EQ(again->have.size(), ++done);
  }
  const auto text = jobs->seal(begun->id, as_bytes(manifest_of(file)), kAgents);
  ASSERT_TRUE(text) << text.error().message;  // one mask key all along
  jobs.reset();
  jobs = open_jobs(dir);
  EXPECT_EQ(jobs->sealed().size(), 1U);
  EXPECT_EQ(*jobs->seal(begun->id, as_bytes(manifest_of(file)), kAgents), *text);
  ASSERT_TRUE(jobs->set_delivered(begun->id));
  jobs.reset();
  jobs = open_jobs(dir);
  EXPECT_EQ(jobs->totals().delivered, 1U);
  EXPECT_TRUE(jobs->sealed().empty());
}

// The mask key of an open job lies sealed on the disk, that of a sealed one does not lie there.
TEST(TaggerJobs, TheMaskKeyLeavesTheDiskWhenSealed) {
  const TempDir dir;
  const Encoded file = plain_file();
  const auto jobs = open_jobs(dir);
  const auto begun = jobs->begin(kOwner, encode_header(file.manifest.header), 1);
  ASSERT_TRUE(begun);
  const std::string path = dir / ("staging/jobs/" + to_hex(begun->id) + "/job.json");
  EXPECT_NE(as_text(*read_file(path, 4096)).find("\"mask\""), std::string::npos);
  for (const auto& [pos, data] : file.fragments) ASSERT_TRUE(jobs->put(begun->id, pos, data, 2));
  ASSERT_TRUE(jobs->seal(begun->id, as_bytes(manifest_of(file)), kAgents));
  EXPECT_EQ(as_text(*read_file(path, 4096)).find("\"mask\""), std::string::npos);
}

TEST(TaggerJobs, RefusesWhatDoesNotFit) {
  const TempDir dir;
  const Encoded file = plain_file();
  const auto jobs = open_jobs(dir);
  Plan owner_masked;
  const Encoded other = cess::test::encode(owner_masked, random_bytes(100, 1));
  EXPECT_FALSE(jobs->begin(kOwner, encode_header(other.manifest.header), 1));
  EXPECT_FALSE(jobs->begin(kOwner, random_bytes(100, 2), 1));
  const auto begun = jobs->begin(kOwner, encode_header(file.manifest.header), 1);
  ASSERT_TRUE(begun);
  const auto& [pos, data] = *file.fragments.begin();
  EXPECT_FALSE(jobs->put(JobId{}, pos, data, 1));
  EXPECT_FALSE(jobs->put(begun->id, {0, 6, 0}, data, 1));  // 4 + 2
  EXPECT_FALSE(jobs->put(begun->id, {0, 0, 1}, data, 1));  // one copy
  EXPECT_FALSE(jobs->put(begun->id, pos, {}, 1));
  EXPECT_FALSE(jobs->put(begun->id, pos, Bytes(65536 + 1024), 1));
  EXPECT_FALSE(jobs->put(begun->id, pos, Bytes(1023), 1));
  ASSERT_TRUE(jobs->put(begun->id, pos, data, 1));
  EXPECT_TRUE(jobs->put(begun->id, pos, data, 1));
  EXPECT_FALSE(jobs->put(begun->id, pos, random_bytes(data.size(), 9), 1));
  const auto early = jobs->seal(begun->id, as_bytes(manifest_of(file)), kAgents);
  ASSERT_FALSE(early);
  EXPECT_NE(early.error().message.find("00000000-001-000"), std::string::npos);
  EXPECT_FALSE(jobs->seal(begun->id, as_bytes(manifest_of(other)), kAgents));
  EXPECT_FALSE(jobs->set_delivered(begun->id));
  for (const auto& [p, d] : file.fragments) {
    ASSERT_TRUE(
        jobs->put(begun->id, p, p == FragmentPos{0, 5, 0} ? random_bytes(d.size(), 3) : d, 1));
  }
  const auto wrong = jobs->seal(begun->id, as_bytes(manifest_of(file)), kAgents);
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("00000000-005-000"), std::string::npos);
}

TEST(TaggerJobs, Limits) {
  const TempDir dir;
  const Encoded file = plain_file();
  const std::uint64_t size = file.fragments.begin()->second.size();
  JobLimits limits;
  limits.capacity = 2 * size;
  limits.jobs_max = 2;
  limits.jobs_per_owner_max = 1;
  const auto jobs = open_jobs(dir, limits);
  const auto begun = jobs->begin(kOwner, encode_header(file.manifest.header), 1);
  ASSERT_TRUE(begun);
  auto it = file.fragments.begin();
  EXPECT_TRUE(jobs->put(begun->id, it->first, it->second, 1));
  ++it;
  EXPECT_TRUE(jobs->put(begun->id, it->first, it->second, 1));
  ++it;
  const auto full = jobs->put(begun->id, it->first, it->second, 1);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::busy);
  const Encoded second = plain_file(1000, 7);
  const Bytes header = encode_header(second.manifest.header);
  EXPECT_FALSE(jobs->begin(kOwner, header, 1));  // one for each owner
  const AccountId other = AccountId::from(random_bytes(32, 6));
  const auto theirs = jobs->begin(other, header, 1);
  ASSERT_TRUE(theirs);
  EXPECT_FALSE(jobs->begin(AccountId::from(random_bytes(32, 7)), header, 1));
  // What is dropped or old makes room.
  ASSERT_TRUE(jobs->drop(begun->id));
  EXPECT_EQ(jobs->totals().bytes, 0U);
  EXPECT_FALSE(jobs->find(begun->id));
  jobs->sweep(86'401);
  EXPECT_TRUE(jobs->find(theirs->id));
  jobs->sweep(86'402 + 1);
  EXPECT_FALSE(jobs->find(theirs->id));
}

TEST(TaggerJobs, OneProcessAndCleanFolders) {
  const TempDir dir;
  auto jobs = open_jobs(dir);
  const auto twice = Jobs::open(dir / "staging", keys_of(key(0)), {}, system_random());
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, Code::busy);
  jobs.reset();
  // A job whose record was never written is nobody's.
  ASSERT_TRUE(make_dir(dir / "staging/jobs/half", 0700, false));
  jobs = open_jobs(dir);
  EXPECT_FALSE(path_exists(dir / "staging/jobs/half"));
}

}  // namespace
}  // namespace cess::tagger::test
