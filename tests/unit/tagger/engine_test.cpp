// SPDX-License-Identifier: Apache-2.0
// links: codec
#include "tagger/engine.hpp"

#include <gtest/gtest.h>

#include "codec/tee_mask.hpp"
#include "crypto/hpke.hpp"
#include "podr2/tag_file.hpp"
#include "support.hpp"

namespace cess::tagger::test {
namespace {

/// One tagger that is the only agent, so that nobody else must be asked.
struct Fixture {
  Fixture() {
    auto opened = Jobs::open(dir / "staging", keys_of(key(0)), {}, system_random());
    EXPECT_TRUE(opened);
    jobs = std::move(*opened);
    world.active = {{key(0).head.id, "127.0.0.1:1", key(0).head.sign_key}};
    world.made_by = key(0).head.id;
    engine = std::make_unique<Engine>(Engine::Parts{
        *jobs, world, keys_of(key(0)), {}, system_random(), clock, [this](const std::string& line) {
          log.push_back(line);
        }});
  }

  Result<TaggerAnswer> ask(const TaggerRoute& route, Bytes body, const Ed25519Public& who) {
    return engine->serve(route, who, std::move(body));
  }

  /// Uploads and declares; the masked manifest's text.
  std::string upload(const Encoded& file) {
    TaggerRoute r;
    r.op = TaggerOp::begin;
    const auto begun = ask(r, encode_header(file.manifest.header), owner);
    EXPECT_TRUE(begun) << begun.error().message;
    const auto status = parse_job_status(begun->body);
    EXPECT_TRUE(status);
    r.job = status->job;
    for (const auto& [pos, data] : file.fragments) {
      r.op = TaggerOp::put;
      r.pos = pos;
      EXPECT_TRUE(ask(r, data, owner));
    }
    r.op = TaggerOp::seal;
    const std::string plain = *write_manifest(file.manifest);
    const ByteView view = as_bytes(plain);
    const auto sealed = ask(r, Bytes(view.begin(), view.end()), owner);
    EXPECT_TRUE(sealed) << sealed.error().message;
    text = sealed->body;
    auto parsed = parse_manifest(as_bytes(text));
    EXPECT_TRUE(parsed);
    manifest = *parsed;
    job = r.job;
    world.known_fid = manifest.fid;
    world.known_file.manifest = sha256(as_bytes(text));
    return text;
  }

  Bytes body() const {
    const ByteView view = as_bytes(text);
    return {view.begin(), view.end()};
  }

  Result<ShamirShare> share(TaggerRoute route, const Ed25519Public& who) {
    const Key256 secret = system_random().key();
    route.op = TaggerOp::share;
    route.fid = manifest.fid;
    route.reply = x25519_public(secret);
    CESS_TRY_ASSIGN(const auto answer, ask(route, body(), who));
    const ByteView bytes = as_bytes(answer.body);
    ShamirShare out{bytes[0], {}};
    CESS_TRY(hpke_open(out.value.mut(), secret, as_bytes("CESS-MASK-SHARE-v1/reply"),
                       manifest.fid.view(), bytes.subspan(1)));
    return out;
  }

  const TempDir dir;
  FakeWorld world;
  FakeClock clock;
  std::unique_ptr<Jobs> jobs;
  std::unique_ptr<Engine> engine;
  std::vector<std::string> log;
  Ed25519Public owner = ed25519_public(Key256(random_bytes(32, 31)));
  Ed25519Public stranger = ed25519_public(Key256(random_bytes(32, 32)));
  Ed25519Public miner = ed25519_public(Key256(random_bytes(32, 33)));
  std::string text;
  Manifest manifest;
  Hash256 job;
};

TEST(TaggerEngine, AJobIsItsOwners) {
  Fixture f;
  const Encoded file = plain_file();
  f.upload(file);
  TaggerRoute r;
  r.op = TaggerOp::status;
  r.job = f.job;
  const auto status = f.ask(r, {}, f.owner);
  ASSERT_TRUE(status);
  EXPECT_EQ(parse_job_status(status->body)->state, "sealed");
  EXPECT_EQ(parse_job_status(status->body)->fid, f.manifest.fid);
  for (const TaggerOp op : {TaggerOp::status, TaggerOp::seal, TaggerOp::drop, TaggerOp::put}) {
    r.op = op;
    const auto refused = f.ask(r, {}, f.stranger);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::no);
  }
  EXPECT_EQ(f.engine->counts().refused, 4U);
  r.op = TaggerOp::begin;
  EXPECT_FALSE(f.ask(r, encode_header(file.manifest.header), Ed25519Public{}));  // no account
}

TEST(TaggerEngine, ASharesIsReleasedToWhoMayRead) {
  Fixture f;
  f.upload(plain_file());
  const auto refused = f.share({}, f.stranger);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::input);
  EXPECT_TRUE(f.log.empty());
  f.world.reader = AccountId::from(f.owner);
  const auto share = f.share({}, f.owner);
  ASSERT_TRUE(share) << share.error().message;
  EXPECT_TRUE(share_fits(f.manifest.file, *f.manifest.custody, *share));
  ASSERT_EQ(f.log.size(), 1U);
  EXPECT_NE(f.log[0].find(to_hex(f.manifest.fid)), std::string::npos);
  // Of a public file to anybody.
  f.world.known_file.visibility = files::Visibility::open;
  EXPECT_TRUE(f.share({}, f.stranger));
  // Only with the manifest the chain knows, of a file the chain knows.
  f.text += " ";
  EXPECT_FALSE(f.share({}, f.owner));
  f.text.pop_back();
  f.world.known_fid = Fid{};
  EXPECT_FALSE(f.share({}, f.owner));
}

TEST(TaggerEngine, AShareForARepairNeedsAClaimAndATagger) {
  Fixture f;
  f.upload(plain_file());
  TaggerRoute r;
  r.purpose = SharePurpose::repair;
  r.column = 1;
  const Ed25519Public tagger = key(0).head.sign_key;
  EXPECT_FALSE(f.share(r, tagger));  // no order
  f.world.restoral = files::RestoralOrder{};
  EXPECT_FALSE(f.share(r, tagger));  // nobody claimed it
  f.world.restoral->claimant = AccountId::from(f.miner);
  f.world.restoral->until = 99;
  EXPECT_FALSE(f.share(r, tagger));  // run out
  f.world.restoral->until = 100;
  EXPECT_TRUE(f.share(r, tagger));
  EXPECT_FALSE(f.share(r, f.stranger));
  EXPECT_FALSE(f.share(r, f.miner));  // the miner gets the fragment, never the key
  r.column = 2;
  EXPECT_FALSE(f.share(r, tagger));  // another fragment
  EXPECT_EQ(f.engine->counts().shares_repair, 1U);
}

TEST(TaggerEngine, RebuildsForTheClaimantBitByBit) {
  Fixture f;
  f.upload(plain_file());
  const FragmentPos lost{0, 1, 0};
  const std::string folder = f.jobs->bundle_folder(JobId::from(f.job.view()));
  for (const auto i : {0, 2, 3, 4, 5}) {
    const FragmentPos pos{0, static_cast<std::uint16_t>(i), 0};
    f.world.stored[pos] = *read_file(folder + "/fragments/" + fragment_name(pos) + ".frag", 65536);
  }
  const Bytes want = *read_file(folder + "/fragments/" + fragment_name(lost) + ".frag", 65536);
  const Bytes tags = *read_file(folder + "/tags/" + fragment_name(lost) + ".tag", 65536);
  TaggerRoute r;
  r.op = TaggerOp::rebuild;
  r.fid = f.manifest.fid;
  r.column = 1;
  f.world.restoral = files::RestoralOrder{};
  f.world.restoral->claimant = AccountId::from(f.miner);
  f.world.restoral->until = 200;
  EXPECT_FALSE(f.ask(r, f.body(), f.stranger));
  for (const bool by_sign_key : {false, true}) {
    if (by_sign_key) {
      f.world.restoral->claimant = AccountId::from(random_bytes(32, 77));
      EXPECT_FALSE(f.ask(r, f.body(), f.miner));
      f.world.miner_sign_key = f.miner;
    }
    const auto answer = f.ask(r, f.body(), f.miner);
    ASSERT_TRUE(answer) << answer.error().message;
    const auto rebuilt = parse_rebuilt(as_bytes(answer->body));
    ASSERT_TRUE(rebuilt);
    EXPECT_EQ(rebuilt->data, want);
    EXPECT_EQ(rebuilt->tags, tags);
  }
  // Also after the fragments have left the tagger: tags stay.
  ASSERT_TRUE(f.jobs->set_delivered(JobId::from(f.job.view())));
  EXPECT_TRUE(f.ask(r, f.body(), f.miner));
  // Too few fragments, or wrong ones, give an error and not a wrong fragment.
  auto stored = f.world.stored;
  f.world.stored.begin()->second[7] ^= 1;
  EXPECT_FALSE(f.ask(r, f.body(), f.miner));
  f.world.stored = stored;
  while (f.world.stored.size() > 3) f.world.stored.erase(f.world.stored.begin());
  EXPECT_FALSE(f.ask(r, f.body(), f.miner));
  r.segment = 1;
  EXPECT_FALSE(f.ask(r, f.body(), f.miner));
}

TEST(TaggerEngine, ArchiveHealthAndMetrics) {
  Fixture f;
  f.upload(plain_file());
  TaggerRoute r;
  r.op = TaggerOp::manifest;
  r.fid = f.manifest.fid;
  EXPECT_EQ(f.ask(r, {}, {})->body, f.text);
  r.op = TaggerOp::tags;
  EXPECT_TRUE(parse_tag_file(as_bytes(f.ask(r, {}, {})->body)));
  r.pos.index = 9;
  EXPECT_EQ(f.ask(r, {}, {}).error().code, Code::no);
  r.fid = Fid{};
  EXPECT_EQ(f.ask(r, {}, {}).error().code, Code::no);
  r.op = TaggerOp::health;
  EXPECT_NE(f.ask(r, {}, {})->body.find("\"jobs_sealed\":1"), std::string::npos);
  r.op = TaggerOp::metrics;
  EXPECT_NE(f.ask(r, {}, {})->body.find("\ncess_tagger_sealed_total 1\n"), std::string::npos);
}

}  // namespace
}  // namespace cess::tagger::test
