// SPDX-License-Identifier: Apache-2.0
// links: pois store merkle crypto sys
// A store that is filled while another holds it, and the bytes in which room is asked for.
#include "idle/room.hpp"

#include <gtest/gtest.h>

#include "store/fillers.hpp"
#include "sys/file.hpp"
#include "unit/idle/idle_store.hpp"

namespace cess::idle {
namespace room_test {

// The process that serves a store: it has the writer's lock for as long as it lives.
class ServedStore : public IdleStore {
 protected:
  ServedStore() {
    writer = std::move(*Store::open(store));
    serve();
  }
  void serve() {
    auto started =
        RoomServer::start(store, {writer->config().miner, [this] { return writer->free_bytes(); },
                                  [this](auto files) { return writer->claim_filler(files); }});
    EXPECT_TRUE(started) << started.error().message;
    room = std::move(*started);
  }
  std::unique_ptr<Store> writer;
  std::unique_ptr<RoomServer> room;
};

TEST_F(ServedStore, IsFilledToTheCapacity) {
  ASSERT_EQ(Store::open(store).error().code, Code::busy);
  options.scratch = scratch();
  const auto made = make_fillers(store, options);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_GT(made->count, 15U);
  EXPECT_LT(made->free_bytes, made->cost_bytes + (64U << 10U));
  EXPECT_LE(bytes_on_disk(), 33U << 20U);
  EXPECT_EQ(IdleFolder::open(store)->numbers().size(), made->count);
}

// Layers go when a filler is done: their room is given back without the writer being opened again.
TEST_F(ServedStore, LayersGiveTheirRoomBack) {
  options.count = 12;
  options.threads = 1;
  options.memory_bytes = 1;  // one after the other: eight times the room of one, twelve times
  const auto made = make_fillers(store, options);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->count, 12U);
  // What the server counts is what a writer finds that counts anew.
  const std::uint64_t free = *(*open_room(store, 0))->free_bytes();
  room.reset();
  writer.reset();
  const auto again = Store::open(store);
  ASSERT_TRUE(again);
  EXPECT_LT(free, (*again)->free_bytes() + (512U << 10U));
  EXPECT_GT(free + (512U << 10U), (*again)->free_bytes());
}

TEST_F(ServedStore, UserDataComesBetween) {
  options.scratch = scratch();
  ASSERT_TRUE(make_fillers(store, options));
  const std::size_t before = IdleFolder::open(store)->numbers().size();
  ASSERT_TRUE(writer->put_manifest({}, {}, Bytes(2'500'000, 0x20)));
  const auto left = fillers::list(store)->numbers;
  EXPECT_LT(left.size(), before);
  EXPECT_EQ(left.front(), before - left.size());
  const auto again = make_fillers(store, options);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->count, 0U);
  EXPECT_LE(bytes_on_disk(), 33U << 20U);
}

TEST_F(ServedStore, AcceptedCommitmentsAreNoted) {
  options.params.log2_nodes = 9;
  options.count = 2;
  options.keep_layers = true;
  ASSERT_TRUE(make_fillers(store, options));
  ASSERT_EQ(fillers::list(store)->kept.size(), 2U);
  ASSERT_TRUE(accept_commitments(store, 2, 0));
  EXPECT_EQ(IdleFolder::open(store)->state().committed, 2U);
  EXPECT_TRUE(fillers::list(store)->kept.empty());
}

TEST_F(ServedStore, NobodyAnswersAfterItsEnd) {
  room.reset();
  EXPECT_EQ(open_room(store, 0).error().code, Code::busy);
  // What a kill leaves: a socket's name that nobody listens to.
  serve();
  fs::rename(store + "/idle/room", store + "/idle/hidden");
  room.reset();
  fs::rename(store + "/idle/hidden", store + "/idle/room");
  EXPECT_EQ(open_room(store, 0).error().code, Code::busy);
  serve();
  EXPECT_TRUE(open_room(store, 0));
  room.reset();
  writer.reset();
  EXPECT_TRUE(open_room(store, 0));
}

TEST(RoomBytes, ComeBackAsTheyWent) {
  const RoomRequest request{RoomQuestion::claim, {(1ULL << 40U) - 3, 3, {25}, true}};
  const Bytes bytes = encode_room_request(request);
  EXPECT_EQ(parse_room_request(bytes), request);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_room_request(ByteView(bytes).first(size)));
  }
  Bytes bad = bytes;
  bad.push_back(0);
  EXPECT_FALSE(parse_room_request(bad));
  const auto refused = [&](std::size_t at, std::uint8_t value) {
    bad = bytes;
    bad[at] = value;
    return !parse_room_request(bad).has_value();
  };
  EXPECT_TRUE(refused(0, 2));
  EXPECT_TRUE(refused(1, 2));
  EXPECT_TRUE(refused(2, 26));
  EXPECT_TRUE(refused(2, 10));
  EXPECT_TRUE(refused(4, 0));
  EXPECT_TRUE(refused(4, 4));  // the last of them is 2^40
  EXPECT_TRUE(refused(6, 1));
  EXPECT_TRUE(refused(13, 1));
  RoomReply reply;
  reply.claimed = true;
  reply.free_bytes = 77;
  reply.miner.bytes[31] = 9;
  EXPECT_EQ(parse_room_reply(encode_room_reply(reply)), reply);
  reply.failure = "no";
  EXPECT_EQ(parse_room_reply(encode_room_reply(reply)), reply);
  reply.failure = std::string(5000, 'x');
  EXPECT_EQ(parse_room_reply(encode_room_reply(reply))->failure.size(), 512U);
}

}  // namespace room_test
}  // namespace cess::idle
