// SPDX-License-Identifier: Apache-2.0
// The manifest: JSON "cess.manifest/1", the last entry of a bundle. It names the file (fid), gives
// its length and the root of every fragment, and carries the header, so that the manifest and any k
// good fragments of each segment are enough to decode.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "codec/custody.hpp"
#include "codec/header.hpp"
#include "codec/layout.hpp"

namespace cess {

constexpr std::size_t kManifestSizeMax = 64U << 20U;
constexpr std::size_t kFileNameSizeMax = 255;

struct SegmentInfo {
  std::uint64_t ciphertext_length = 0;
  std::uint32_t fragment_length = 0;
  std::vector<Hash256> roots;  ///< one per column; column = replica * n + index
  friend bool operator==(const SegmentInfo&, const SegmentInfo&) = default;
};

struct Manifest {
  Fid fid;
  FileId file;
  std::uint64_t length = 0;  ///< of the plaintext
  FileHeader header;         ///< the profile is read here
  /// Present: a tagger masked the fragments of a file encoded without a mask ("tee"), and agents
  /// keep the key. The roots are those of the masked bytes.
  std::optional<MaskCustody> custody;
  std::vector<SegmentInfo> segments;
  std::string name;  ///< original base name; may be empty

  [[nodiscard]] const Profile& profile() const { return header.profile; }
  [[nodiscard]] bool masked() const { return header.masked() || custody.has_value(); }
  [[nodiscard]] Layout layout() const { return {header.profile, length}; }
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// H(0x00 ‖ LE64 ciphertext_length ‖ LE64 fragment_length ‖ LE16 columns ‖ roots).
Hash256 segment_leaf(const SegmentInfo& segment);
/// H("CESS-FID-v1" ‖ file_id ‖ LE64 length ‖ k m copies matrix ‖ LE32 F ‖ LE32 segment count ‖
/// merkle_root over the segment leaves).
Fid compute_fid(const Manifest& manifest);

/// Told now, not after hours: whether so many segments are allowed and a manifest can name them.
/// `name` is the input's. Code::input.
Status check_segment_count(const Profile& profile, std::uint64_t count, std::string_view name);

/// One line of JSON without newline. Code::input if it would pass kManifestSizeMax.
Result<std::string> write_manifest(const Manifest& manifest);
/// Strict: every number follows from length and profile, the header's copy parses and agrees, the
/// fid is recomputed. Code::input; `what` names the document in messages.
Result<Manifest> parse_manifest(ByteView text, std::string_view what = "manifest");
/// Whether `name` may stand in a manifest: a plain base name, UTF-8 without control
/// characters. Empty is fine.
bool valid_file_name(std::string_view name);

}  // namespace cess
