// SPDX-License-Identifier: Apache-2.0
// The last acknowledged sequence number, in two slots written in turn, so that a torn write leaves
// the other. The slots lie in different 4 KiB pages, so that no sector holds both.
//   off len   slot i at 4096 * i, 4,160 bytes in all
//     0   8   magic "CESSACK1"
//     8   8   sequence, LE64
//    16  16   miner_id, first half: a record of another store is no record
//    32  32   SHA-256 of the 32 bytes before
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "sys/file.hpp"

namespace cess {

constexpr std::size_t kAckSlotSize = 64;
constexpr std::size_t kAckStride = 4096;
constexpr std::size_t kAckSize = kAckStride + kAckSlotSize;

std::array<std::uint8_t, kAckSlotSize> encode_ack_slot(std::uint64_t sequence,
                                                       const MinerId& miner);
/// The higher of the valid slots; Code::system when none is ("ack record is damaged").
Result<std::uint64_t> parse_ack(ByteView record, const MinerId& miner, const std::string& name);

/// The record of an open store; one thread.
class AckFile {
 public:
  /// Creates it with sequence 0.
  static Status create(const std::string& path, const MinerId& miner);
  static Result<std::uint64_t> read(const std::string& path, const MinerId& miner);
  static Result<AckFile> open(const std::string& path, const MinerId& miner);
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }
  /// Writes and syncs the older slot. A failure is final: do not call again.
  Status acknowledge(std::uint64_t sequence);

 private:
  Fd fd_;
  std::string path_;
  MinerId miner_;
  std::uint64_t sequence_ = 0;
  unsigned next_slot_ = 0;
};

}  // namespace cess
