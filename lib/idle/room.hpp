// SPDX-License-Identifier: Apache-2.0
// Who gives room for fillers in a store: its writer for a moment, or the process that holds the
// writer's lock for long (a miner's server) and is asked over a socket in the store's folder,
// idle/room. So a store is filled while it is served, and one budget counts both.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>

#include "pois/challenge.hpp"
#include "store/writer.hpp"

namespace cess::idle {

/// Files that fillers need on their way: labels and tree, their places among the commitments, and
/// their layers if they are written into the store. All of them, or nothing.
struct RoomClaim {
  std::uint64_t number = 0;
  std::uint32_t count = 1;  ///< from `number` on
  pois::Params params;
  bool with_layers = false;
  friend bool operator==(const RoomClaim&, const RoomClaim&) = default;
};

class Room {
 public:
  virtual ~Room() = default;
  [[nodiscard]] virtual Result<MinerId> miner() = 0;
  virtual Result<std::uint64_t> free_bytes() = 0;
  /// The folders of fillers, counted. Code::system when not even they fit.
  virtual Status make_folders() = 0;
  /// False when they do not fit.
  virtual Result<bool> claim(const RoomClaim& claim) = 0;
};
/// Code::busy when somebody writes to the store who does not give room. To be let go soon.
Result<std::unique_ptr<Room>> open_room(const std::string& store, std::uint64_t wait_s);

constexpr std::uint32_t kClaimCountMax = 1024;
/// What they still need room for in their store; parts that are whole or in place have theirs.
std::vector<Store::ClaimedFile> claimed_files(const std::string& store, const RoomClaim& claim);

/// Bytes of a question: u8 what, u8 with layers, LE16 log2_nodes, LE32 count, LE64 number.
enum class RoomQuestion : std::uint8_t { look, claim };
struct RoomRequest {
  RoomQuestion what = RoomQuestion::look;
  RoomClaim claim;
  friend bool operator==(const RoomRequest&, const RoomRequest&) = default;
};
Bytes encode_room_request(const RoomRequest& request);
/// Strict. Code::input.
Result<RoomRequest> parse_room_request(ByteView bytes);
struct RoomReply {
  bool claimed = false;
  std::uint64_t free_bytes = 0;
  MinerId miner;
  std::string failure;  ///< empty: done
  friend bool operator==(const RoomReply&, const RoomReply&) = default;
};
Bytes encode_room_reply(const RoomReply& reply);
Result<RoomReply> parse_room_reply(ByteView bytes);

/// The writer's side: a thread that answers until it is destroyed.
class RoomServer {
 public:
  /// Called in the server's thread.
  struct Writer {
    MinerId miner;
    std::function<std::uint64_t()> free_bytes;
    std::function<Result<bool>(std::span<const Store::ClaimedFile>)> claim;
  };
  /// `writer` holds the store's lock as long as this lives.
  static Result<std::unique_ptr<RoomServer>> start(const std::string& store, Writer writer);
  ~RoomServer();
  RoomServer(const RoomServer&) = delete;
  RoomServer& operator=(const RoomServer&) = delete;

 private:
  RoomServer(std::string store, Writer writer);
  void run();
  RoomReply answer(ByteView question);

  std::string store_;
  Writer writer_;
  Fd socket_;
  Fd wake_read_;
  Fd wake_write_;
  std::thread thread_;
};

}  // namespace cess::idle
