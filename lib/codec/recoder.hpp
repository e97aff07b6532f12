// SPDX-License-Identifier: Apache-2.0
// A regular file encoded segment by segment, in any order and as often as asked: what would have
// been written down and read again is made again instead. The same plaintext gives the same bytes;
// other plaintext is never encoded twice under one key, since a nonce is a place: whoever asks
// again has the digest of what was there before, and it is compared before a byte is encrypted.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "codec/layout.hpp"
#include "codec/segment_encoder.hpp"
#include "codec/workers.hpp"
#include "sys/file.hpp"

namespace cess {

class Recoder {
 public:
  /// `fd` and what the rest refers to outlive it; `name` is for messages. Code::input: no regular
  /// file, or too long for the profile.
  static Result<std::unique_ptr<Recoder>> make(int fd, std::string name, const FileHeader& header,
                                               const FileKeys& keys, std::size_t threads);

  /// As the file was when this was made.
  [[nodiscard]] const Layout& layout() const { return layout_; }
  /// Encodes a segment for the first time under these keys, roots and all. Returns the digest of
  /// its plaintext. Code::input when the file has become shorter.
  Result<Hash256> first(EncodedSegment& out, std::uint32_t segment);
  /// The same bytes again, the roots in `out` left alone. Code::input: the plaintext is another
  /// now, and nothing was encoded.
  Status again(EncodedSegment& out, std::uint32_t segment, const Hash256& digest);
  /// Whether size and time of change are still those of the beginning. Code::system.
  [[nodiscard]] Status check_unchanged() const;
  /// Between two calls its threads are the caller's.
  [[nodiscard]] WorkPool& pool() { return pool_; }

 private:
  Recoder(int fd, std::string name, const FileHeader& header, const FileKeys& keys,
          const FileStamp& stamp, std::size_t threads);
  /// Into plain_. Returns the digest.
  Result<Hash256> read(std::uint32_t segment);
  void encode(EncodedSegment& out, std::uint32_t segment, Roots roots);

  int fd_;
  std::string name_;
  FileStamp stamp_;
  Layout layout_;
  WorkPool pool_;
  SegmentEncoder encoder_;
  Buffer plain_;
  std::size_t plain_size_ = 0;  ///< of what is in plain_
};

}  // namespace cess
