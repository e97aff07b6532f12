// SPDX-License-Identifier: Apache-2.0
// One segment back: from fragments of unknown quality to authenticated plaintext, or a reason.
// Roots tell good fragments from damaged ones; the AEAD has the last word, and when it disagrees
// with the roots other sets of fragments are tried. Nothing that it has not accepted is ever handed
// out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "codec/bundle.hpp"
#include "codec/header.hpp"
#include "codec/keys.hpp"
#include "codec/workers.hpp"

namespace cess {

/// A fragment that may help.
struct Candidate {
  enum class State { unread, read, good, bad };
  FragmentPos pos;
  Hash256 root;  ///< what it should have
  Bytes data;    ///< stored bytes, from State::read on
  State state = State::unread;
  std::size_t ref = 0;  ///< for the fetch function
};

/// A segment to decode.
struct Group {
  std::uint32_t segment = 0;
  std::uint64_t ciphertext_length = 0;
  std::uint32_t fragment_length = 0;
  bool final = false;
  std::vector<Candidate> candidates;
  std::function<Status(Candidate&)> fetch;  ///< reads an unread candidate
};

/// Plaintext of a segment: chunk c is [c * 64 KiB, … + plain length of c) of `bytes`.
struct DecodedSegment {
  std::uint32_t segment = 0;
  std::uint64_t ciphertext_length = 0;
  Buffer bytes;
  std::vector<FragmentPos> used;
};

using Say = std::function<void(const std::string&)>;

class SegmentDecoder {
 public:
  /// `warn` is called on the thread that calls decode().
  SegmentDecoder(const FileHeader& header, const FileKeys& keys, WorkPool& pool, Say warn);
  ~SegmentDecoder();
  /// out.bytes must have header.profile.segment_size() bytes (k * F). Code::no when fewer than k
  /// fragments are good, Code::input when good ones do not decrypt.
  Status decode(DecodedSegment& out, Group& group);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads and checks candidates until k different indices are good; lowest indices first. Marks the
/// bad ones and tells `warn`. Used before decoding, and by a stream that wants to know whether it
/// has enough.
Status find_good(Group& group, const Profile& profile, WorkPool* pool, const Say& warn);
/// Different indices among the good candidates.
unsigned good_count(const Group& group);

}  // namespace cess
