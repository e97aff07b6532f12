// SPDX-License-Identifier: Apache-2.0
// A bundle as a folder (codec/bundle.hpp), ready to be delivered: header, manifest, fragments, and
// the tag file of each. The folder is all that an upload keeps on disk: who has what already is
// asked of the chain and of the miners. Reading is safe for many threads.
#pragma once

#include <array>
#include <string>

#include "chain/state/files/calls.hpp"
#include "codec/bundle.hpp"
#include "codec/manifest.hpp"
#include "podr2/tag_file.hpp"

namespace cess::transfer {

/// How tag files lie in the folder.
enum class TagsIn {
  fragments,  ///< tags/NAME.tag each, as in a bundle
  segments,   ///< tags/SEGMENT.tags: those of a segment's columns, in order; far fewer files
};

class Staged {
 public:
  /// Reads the manifest. Code::system, Code::input.
  static Result<Staged> open(std::string folder, TagsIn tags_in = TagsIn::fragments);
  /// Whether all that the manifest names is here and right: fragments by their roots, tag files by
  /// their form. For a folder that nobody synced and an earlier process left. Code::input, or
  /// Code::system: what is wrong. `tags_later`: tag files may be missing.
  [[nodiscard]] Status check(bool tags_later = false) const;
  /// Whether a segment has all its tag files. Code::input: one of them is broken.
  Result<bool> check_segment_tags(std::uint32_t segment) const;

  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  [[nodiscard]] ByteView manifest_text() const { return text_; }
  [[nodiscard]] Hash256 manifest_digest() const;
  [[nodiscard]] const Fid& fid() const { return manifest_.fid; }

  [[nodiscard]] FragmentPos pos(std::uint32_t segment, std::uint16_t column) const;
  Result<Bytes> fragment(std::uint32_t segment, std::uint16_t column) const;
  /// Where the tags of a fragment lie; with TagsIn::segments, those of its whole segment.
  [[nodiscard]] std::string tag_path(std::uint32_t segment, std::uint16_t column) const;
  /// The bytes of a tag file; Code::input if there is none or it is of another fragment.
  Result<Bytes> tags(std::uint32_t segment, std::uint16_t column) const;
  /// The tag files of all the segment's fragments, that of `column` first.
  Result<Bytes> segment_tags(std::uint32_t segment, std::uint16_t column) const;
  /// Who made the tags of a fragment; zero: there are none.
  Result<TaggerId> tagger(std::uint32_t segment, std::uint16_t column) const;
  /// The public file (podr2/keys.hpp) of a tagger whose tags are here.
  Result<Bytes> tagger_file(const TaggerId& id) const;
  /// What a receipt for segments [first, end) of a column says, without deal and signature: tagger
  /// and nonces as the tag files have them.
  Result<files::SlotReceipt> receipt(std::uint32_t first, std::uint32_t end,
                                     std::uint16_t column) const;

 private:
  Staged(std::string folder, TagsIn tags_in, Manifest manifest, Bytes text)
      : folder_(std::move(folder)),
        tags_in_(tags_in),
        manifest_(std::move(manifest)),
        text_(std::move(text)) {}
  /// `size_max` bytes of a tag file, or all of it.
  Result<Bytes> front_of_tags(std::uint32_t segment, std::uint16_t column,
                              std::size_t size_max) const;
  Result<Descriptor> descriptor(std::uint32_t segment, std::uint16_t column) const;

  std::string folder_;
  TagsIn tags_in_;
  Manifest manifest_;
  Bytes text_;
};

/// codec's profile as the chain writes it.
files::Profile chain_profile(const Profile& p);

}  // namespace cess::transfer
