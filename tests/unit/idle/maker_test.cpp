// SPDX-License-Identifier: Apache-2.0
// links: pois store merkle crypto sys
// Fillers on a real disk: made, proven, giving way, capacity kept.
#include "idle/maker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

#include "idle/layers.hpp"
#include "idle/prover.hpp"
#include "store/fillers.hpp"
#include "store/writer.hpp"
#include "sys/file.hpp"
#include "unit/idle/idle_store.hpp"

namespace cess::idle {
namespace maker_test {

TEST_F(IdleStore, FillersEqualThoseMadeInMemory) {
  options.params.log2_nodes = 9;
  options.count = 3;
  const auto made = make_fillers(store, options);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->count, 3U);
  const auto folder = IdleFolder::open(store);
  ASSERT_TRUE(folder);
  pois::Graph graph(options.params);
  for (std::uint64_t number = 0; number < 3; ++number) {
    const auto id = pois::filler_id(folder->state().owner, number);
    const pois::Filler want(graph, id);
    const auto head = folder->head(number);
    ASSERT_TRUE(head) << head.error().message;
    EXPECT_EQ(head->commitment, want.commitment());
    const auto labels = folder->labels(number, 0, 512);
    ASSERT_TRUE(labels);
    EXPECT_TRUE(std::ranges::equal(*labels, want.layer(8)));
    EXPECT_EQ((*folder->commitments(number, number + 1))[0],
              pois::commitment_hash(id, want.commitment()));
  }
  EXPECT_TRUE(fs::is_empty(fillers::work_folder(store)));
}

TEST_F(IdleStore, UntilFullLeavesLessThanOneFiller) {
  options.scratch = scratch();
  const auto made = make_fillers(store, options);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_GE(made->count, 15U);
  EXPECT_LT(made->free_bytes, made->cost_bytes + (64U << 10U));
  EXPECT_LE(bytes_on_disk(), 33U << 20U);
  const auto again = make_fillers(store, options);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->count, 0U);
}

TEST_F(IdleStore, CommitmentAndEpochAreProven) {
  options.params.log2_nodes = 11;
  options.count = 5;
  ASSERT_TRUE(make_fillers(store, options));
  auto folder = IdleFolder::open(store);
  ASSERT_TRUE(folder);
  const auto batch = folder->next_batch();
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->comms.size(), 5U);
  Hash256 beacon;
  beacon.bytes[1] = 1;
  // Layers were not kept: without a place to make them again there is no proof.
  EXPECT_EQ(prove_batch(*folder, *batch, beacon, "", 0).error().code, Code::usage);
  const auto proof = prove_batch(*folder, *batch, beacon, scratch(), 0);
  ASSERT_TRUE(proof) << proof.error().message;
  pois::Graph graph(options.params);
  EXPECT_TRUE(pois::verify_batch(graph, *batch, beacon, *proof));
  ASSERT_TRUE(accept_commitments(store, 5, 0));
  EXPECT_FALSE(accept_commitments(store, 4, 0));
  EXPECT_FALSE(accept_commitments(store, 6, 0));
  folder = IdleFolder::open(store);
  pois::EpochChallenge challenge;
  challenge.owner = folder->state().owner;
  challenge.live = *folder->live();
  challenge.files_root = *files_root(*folder, challenge.live.rear);
  const auto answers = answer_epoch(*folder, challenge);
  ASSERT_TRUE(answers);
  const auto opened = open_epoch(*folder, challenge, *answers, beacon);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(verify_epoch(challenge, pois::answers_root(*answers), beacon, *opened));
}

TEST_F(IdleStore, KeptLayersProveAtOnceAndGoWhenAccepted) {
  options.params.log2_nodes = 11;
  options.count = 2;
  options.keep_layers = true;
  ASSERT_TRUE(make_fillers(store, options));
  const auto folder = IdleFolder::open(store);
  const auto batch = folder->next_batch();
  const auto proof = prove_batch(*folder, *batch, {}, "", 0);
  ASSERT_TRUE(proof) << proof.error().message;
  pois::Graph graph(options.params);
  EXPECT_TRUE(pois::verify_batch(graph, *batch, {}, *proof));
  EXPECT_EQ(fillers::list(store)->kept.size(), 2U);
  ASSERT_TRUE(accept_commitments(store, 2, 0));
  EXPECT_TRUE(fillers::list(store)->kept.empty());
}

// Nobody gave the proof that folder: the next run that uses it does, for those the chain has taken.
TEST_F(IdleStore, KeptLayersElsewhereGoWithTheNextRunOnceTheChainHasTheirFillers) {
  options.params.log2_nodes = 11;
  options.count = 3;
  options.keep_layers = true;
  options.scratch = scratch();
  ASSERT_TRUE(make_fillers(store, options));
  const std::string own = scratch_of(scratch(), IdleFolder::open(store)->state().owner.miner);
  const auto kept = [&] {
    std::vector<std::uint64_t> out;
    const auto sizes = fillers::work_sizes(own);
    EXPECT_TRUE(sizes);
    for (const auto& [number, bytes] : *sizes) {
      EXPECT_EQ(bytes, 7U << 16U);
      out.push_back(number);
    }
    return out;
  };
  using Numbers = std::vector<std::uint64_t>;
  EXPECT_EQ(kept(), (Numbers{0, 1, 2}));
  ASSERT_TRUE(accept_commitments(store, 2, 0));
  EXPECT_EQ(kept(), (Numbers{0, 1, 2}));
  options.count = 1;
  ASSERT_TRUE(make_fillers(store, options));
  EXPECT_EQ(kept(), (Numbers{2, 3}));
  // What the chain says while a run goes on counts as well.
  options.declared = [] { return Result<Declared>(Declared{3, 1}); };
  options.count = 0;
  ASSERT_TRUE(make_fillers(store, options));
  EXPECT_EQ(kept(), (Numbers{3}));
}

// In a folder of its own, too: a proof that is given the same one finds them.
TEST_F(IdleStore, KeptLayersElsewhereProveAtOnceAndGoWithTheProof) {
  options.params.log2_nodes = 11;
  options.count = 3;
  options.keep_layers = true;
  options.scratch = scratch();
  ASSERT_TRUE(make_fillers(store, options));
  const auto folder = IdleFolder::open(store);
  const std::string own = scratch_of(scratch(), folder->state().owner.miner);
  const auto batch = folder->next_batch();
  // One has lost a layer and is made again; the others' are read, not made: a wrong one shows.
  fs::remove(fillers::work_path(own, 1, "layer4"));
  const std::string third = fillers::work_path(own, 2, "layer3");
  const Bytes right = *read_file(third, 1U << 20U);
  ASSERT_TRUE(write_file(third, Bytes(right.size()), {.mode = 0644, .replace = true}));
  EXPECT_EQ(prove_batch(*folder, *batch, {}, scratch(), 0).error().code, Code::no);
  ASSERT_TRUE(write_file(third, right, {.mode = 0644, .replace = true}));
  const auto proof = prove_batch(*folder, *batch, {}, scratch(), 0);
  ASSERT_TRUE(proof) << proof.error().message;
  pois::Graph graph(options.params);
  EXPECT_TRUE(pois::verify_batch(graph, *batch, {}, *proof));
  EXPECT_TRUE(fs::is_empty(own));
}

TEST_F(IdleStore, OldestGiveWayToUserData) {
  options.scratch = scratch();
  const auto made = make_fillers(store, options);
  ASSERT_TRUE(made);
  ASSERT_TRUE(accept_commitments(store, made->count, 0));
  const std::uint64_t before = fillers::list(store)->numbers.size();
  std::uint64_t gone = 0;
  {
    auto opened = Store::open(store);
    ASSERT_TRUE(opened);
    // The manifest, and what is held for folders until it has its name (file_backend.cpp).
    const std::uint64_t need = 2'500'000 + 5 * 4096;
    const std::uint64_t each = filler_cost(options.params) - Hash256::kSize;
    const std::uint64_t free = (*opened)->free_bytes();
    ASSERT_LT(free, need);
    gone = (need - free + each - 1) / each;
    EXPECT_GE((*opened)->idle_bytes(), before << 20U);
    Bytes manifest(2'500'000, 0x20);
    ASSERT_TRUE((*opened)->put_manifest({}, {}, manifest));
  }
  const auto numbers = fillers::list(store)->numbers;
  EXPECT_EQ(before - numbers.size(), gone);
  EXPECT_EQ(numbers.front(), gone);
  EXPECT_LE(bytes_on_disk(), 33U << 20U);
  const auto folder = IdleFolder::open(store);
  const auto live = folder->live();
  ASSERT_TRUE(live);
  EXPECT_EQ(live->front, gone);
  EXPECT_EQ(live->rear, before);
  // What is left still answers.
  pois::EpochChallenge challenge;
  challenge.owner = folder->state().owner;
  challenge.live = *live;
  challenge.files_root = *files_root(*folder, live->rear);
  const auto answers = answer_epoch(*folder, challenge);
  ASSERT_TRUE(answers);
  const auto proof = open_epoch(*folder, challenge, *answers, {});
  ASSERT_TRUE(proof);
  EXPECT_TRUE(verify_epoch(challenge, pois::answers_root(*answers), {}, *proof));
}

// A maker that stopped after some layers: the next one goes on there.
TEST_F(IdleStore, LayersThatAreWholeAreNotMadeAgain) {
  options.params.log2_nodes = 9;
  ASSERT_TRUE(make_dir(scratch(), 0755, true));
  pois::Owner owner;
  owner.params = options.params;
  const Group group{owner, {0, 1}, scratch(), scratch(), {}};
  ASSERT_TRUE(make_layers(group, 3, {}));
  EXPECT_EQ(layers_done(group), 3U);
  const auto stamp = fs::last_write_time(layer_path(group, 1, 3));
  // Half a layer, as a kill leaves it.
  ASSERT_TRUE(write_file(layer_path(group, 0, 4) + ".part", as_bytes("half"), {}));
  std::uint64_t told = 0;
  ASSERT_TRUE(make_layers(group, 8, [&](std::uint64_t bytes) { told += bytes; }));
  EXPECT_EQ(told, 8 * 2 * options.params.file_bytes());
  EXPECT_EQ(fs::last_write_time(layer_path(group, 1, 3)), stamp);
  pois::Graph graph(options.params);
  for (std::uint64_t number = 0; number < 2; ++number) {
    const auto head = build_head(group, number, layer_path(group, number, 8));
    ASSERT_TRUE(head);
    EXPECT_EQ(head->commitment, pois::Filler(graph, pois::filler_id(owner, number)).commitment());
    EXPECT_EQ(parse_head(encode_head(*head), "head"), *head);
  }
}

// Three ways to the same bytes: in series, layer by layer, and each gone on with by the other.
TEST_F(IdleStore, SeriesAreWhatLayersMake) {
  options.params.log2_nodes = 11;
  options.count = 40;  // more than a group, and not a multiple of its lanes
  ASSERT_TRUE(make_fillers(store, options));
  EXPECT_TRUE(fs::is_empty(fillers::work_folder(store)));
  const auto folder = IdleFolder::open(store);
  ASSERT_TRUE(folder);
  ASSERT_EQ(folder->numbers().size(), 40U);
  ASSERT_TRUE(make_dir(scratch(), 0755, true));
  for (const std::uint64_t number : {0U, 17U, 39U}) {
    const Group group{folder->state().owner, {number}, scratch(), scratch(), {}};
    ASSERT_TRUE(make_layers(group, 8, {}));
    const auto want = build_head(group, number, layer_path(group, number, 8));
    const auto head = folder->head(number);
    ASSERT_TRUE(want && head);
    EXPECT_EQ(*head, *want);
    EXPECT_EQ(*read_file(fillers::labels_path(store, number), 1U << 20U),
              *read_file(layer_path(group, number, 8), 1U << 20U));
    EXPECT_EQ((*folder->commitments(number, number + 1))[0],
              pois::commitment_hash(want->id, want->commitment));
  }
}

TEST_F(IdleStore, SeriesTakeOverWhatLayersLeft) {
  options.params.log2_nodes = 11;
  options.count = 1;
  ASSERT_TRUE(make_fillers(store, options));
  const auto bytes = read_file(fillers::labels_path(store, 0), 1U << 20U);
  // As a maker of layers leaves it that was killed: some whole, labels named, the tree half made.
  fs::remove(fillers::tree_path(store, 0));
  const std::string work = fillers::work_folder(store);
  const Group group{IdleFolder::open(store)->state().owner, {0}, work, work, store};
  ASSERT_TRUE(make_layers(group, 8, {}));
  fs::remove(fillers::labels_path(store, 0));
  ASSERT_TRUE(write_file(fillers::work_path(work, 0, "tree"), as_bytes("half"), {}));
  const auto made = make_fillers(store, options);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(fs::is_empty(work));
  EXPECT_EQ(IdleFolder::open(store)->numbers(), std::vector<std::uint64_t>{0});
  EXPECT_TRUE(IdleFolder::open(store)->head(0));
  EXPECT_EQ(*read_file(fillers::labels_path(store, 0), 1U << 20U), *bytes);
}

// A series that was killed before its sync: what is whole is kept, what is not is made again, be it
// labels, tree, or the wrong filler's.
TEST_F(IdleStore, SeriesGoOnWithWhatIsWhole) {
  options.params.log2_nodes = 11;
  options.count = 6;
  ASSERT_TRUE(make_fillers(store, options));
  const pois::Owner owner = IdleFolder::open(store)->state().owner;
  const std::string work = fillers::work_folder(store);
  const auto labels_part = [&](std::uint64_t n) {
    return fillers::work_path(work, n, "labels") + ".part";
  };
  const auto tree_part = [&](std::uint64_t n) { return fillers::work_path(work, n, "tree"); };
  std::vector<Bytes> labels;
  std::vector<Bytes> trees;
  for (std::uint64_t n = 0; n < 6; ++n) {
    labels.push_back(*read_file(fillers::labels_path(store, n), 1U << 20U));
    trees.push_back(*read_file(fillers::tree_path(store, n), 1U << 20U));
    fs::rename(fillers::labels_path(store, n), labels_part(n));
    fs::rename(fillers::tree_path(store, n), tree_part(n));
  }
  const Bytes commitments = *read_file(fillers::path_in(store, "commitments"), 1U << 20U);
  ASSERT_TRUE(write_file(fillers::path_in(store, "commitments"), Bytes(6 * 32),
                         {.mode = 0644, .replace = true}));
  const auto spoil = [](const std::string& path, std::size_t at) {
    Bytes bytes = *read_file(path, 1U << 20U);
    bytes[at] ^= 1U;
    ASSERT_TRUE(write_file(path, bytes, {.mode = 0644, .replace = true}));
  };
  spoil(labels_part(1), 40'000);
  spoil(tree_part(2), 100);
  fs::copy_file(tree_part(4), tree_part(3), fs::copy_options::overwrite_existing);
  fs::copy_file(labels_part(4), labels_part(3), fs::copy_options::overwrite_existing);
  fs::resize_file(labels_part(5), labels[5].size() - 32);
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (std::uint64_t n = 0; n < 6; ++n) fs::last_write_time(labels_part(n), old);
  std::atomic<std::uint64_t> told = 0;
  options.progress = [&](std::uint64_t bytes) { told += bytes; };
  const auto made = make_fillers(store, options);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(told, 6 * options.params.file_bytes());
  EXPECT_TRUE(fs::is_empty(work));
  EXPECT_EQ(*read_file(fillers::path_in(store, "commitments"), 1U << 20U), commitments);
  for (std::uint64_t n = 0; n < 6; ++n) {
    const std::string in_place = fillers::labels_path(store, n);
    EXPECT_EQ(*read_file(in_place, 1U << 20U), labels[n]) << n;
    EXPECT_EQ(*read_file(fillers::tree_path(store, n), 1U << 20U), trees[n]) << n;
    const bool kept = fs::last_write_time(in_place) < old + std::chrono::minutes(1);
    EXPECT_EQ(kept, n == 0 || n == 4) << n;
  }
}

TEST_F(IdleStore, NoMoreThanWasDeclared) {
  options.params.log2_nodes = 11;
  Declared now{0, 70};
  options.declared = [&] { return Result<Declared>(now); };
  auto made = make_fillers(store, options);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->count, 70U);
  EXPECT_TRUE(made->all_wanted);
  EXPECT_GT(made->free_bytes, 20 * made->cost_bytes);
  EXPECT_EQ(make_fillers(store, options)->count, 0U);
  // The chain has taken some: they do not count any more, and are not made again when they give
  // way.
  now = {50, 21};
  EXPECT_EQ(make_fillers(store, options)->count, 1U);
  EXPECT_EQ(IdleFolder::open(store)->state().committed, 50U);
  ASSERT_TRUE(fillers::remove(store, 3));
  EXPECT_EQ(make_fillers(store, options)->count, 0U);
  // Layer by layer it is the same.
  options.memory_bytes = 1;
  now = {50, 23};
  EXPECT_EQ(make_fillers(store, options)->count, 2U);
  // A killed run's claims beyond it go.
  ASSERT_TRUE(write_file(fillers::work_path(fillers::work_folder(store), 80, "tree"), {}, {}));
  EXPECT_EQ(make_fillers(store, options)->count, 0U);
  EXPECT_TRUE(fs::is_empty(fillers::work_folder(store)));
  // More were taken than this store ever made.
  now = {90, 5};
  const auto other = make_fillers(store, options);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::input);
}

TEST_F(IdleStore, NothingIsMadeWhenTheChainCannotBeAsked) {
  options.declared = [] { return Result<Declared>(fail(Code::peer, "away")); };
  const auto made = make_fillers(store, options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::peer);
  EXPECT_TRUE(IdleFolder::open(store)->numbers().empty());
}

}  // namespace maker_test
}  // namespace cess::idle
