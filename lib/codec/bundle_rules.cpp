// SPDX-License-Identifier: Apache-2.0
#include "codec/bundle_rules.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/hex.hpp"
#include "codec/layout.hpp"
#include "codec/manifest.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

// A tag file: descriptor 142, signature 64, 48 bytes for each block of 256 KiB. Written out here
// because the codec does not depend on the audit scheme.
constexpr std::uint64_t kTagFileFixed = 206;
constexpr std::uint64_t kTagFilePerBlock = 48;
constexpr std::uint64_t kTagBlock = 262144;
constexpr std::size_t kTaggersMax = 256;

// `digits_min` decimal digits, more only when the first is not zero.
template <class T>
bool parse_padded(std::string_view text, std::size_t digits_min, T& out) {
  if (text.size() < digits_min || (text.size() > digits_min && text[0] == '0')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

bool strip(std::string_view& text, std::string_view prefix, std::string_view suffix) {
  if (text.size() < prefix.size() + suffix.size() || !text.starts_with(prefix) ||
      !text.ends_with(suffix)) {
    return false;
  }
  text = text.substr(prefix.size(), text.size() - prefix.size() - suffix.size());
  return true;
}

}  // namespace

std::string fragment_name(const FragmentPos& pos) {
  return fmt::format("{:08}-{:03}-{:03}", pos.segment, pos.index, pos.replica);
}

std::optional<FragmentPos> parse_fragment_name(std::string_view name) {
  FragmentPos pos;
  if (name.size() < 16) return std::nullopt;
  const auto tail = name.substr(name.size() - 8);  // "-III-RRR"
  if (tail[0] != '-' || tail[4] != '-' ||
      !parse_padded(name.substr(0, name.size() - 8), 8, pos.segment) ||
      !parse_padded(tail.substr(1, 3), 3, pos.index) ||
      !parse_padded(tail.substr(5, 3), 3, pos.replica)) {
    return std::nullopt;
  }
  return pos;
}

std::optional<EntryName> parse_entry_name(std::string_view path) {
  EntryName name;
  if (path == "header") return name;
  if (path == "manifest.json") {
    name.kind = EntryKind::manifest;
    return name;
  }
  if (strip(path, "taggers/", ".pub")) {
    name.kind = EntryKind::tagger;
    if (!parse_hex_into(name.tagger.mut(), path, "tagger")) return std::nullopt;
    return name;
  }
  if (strip(path, "fragments/", ".frag")) {
    name.kind = EntryKind::fragment;
  } else if (strip(path, "tags/", ".tag")) {
    name.kind = EntryKind::tags;
  } else {
    return std::nullopt;
  }
  const auto pos = parse_fragment_name(path);
  if (!pos) return std::nullopt;
  name.pos = *pos;
  return name;
}

std::string entry_path(EntryKind kind, const FragmentPos& pos, const TaggerId& tagger) {
  switch (kind) {
    case EntryKind::header:
      return "header";
    case EntryKind::manifest:
      return "manifest.json";
    case EntryKind::tagger:
      return "taggers/" + to_hex(tagger) + ".pub";
    case EntryKind::fragment:
      return "fragments/" + fragment_name(pos) + ".frag";
    case EntryKind::tags:
      return "tags/" + fragment_name(pos) + ".tag";
  }
  return {};
}

std::uint64_t BundleRules::tags_size_max() const {
  const std::uint64_t blocks = (header_.profile.fragment_size + kTagBlock - 1) / kTagBlock;
  return kTagFileFixed + kTagFilePerBlock * blocks;
}

std::string BundleRules::admit_position(const EntryName& name) {
  const Profile& p = header_.profile;
  const FragmentPos& pos = name.pos;
  if (pos.segment >= kSegmentCountMax) return "segment number over the limit";
  if (pos.index >= p.n()) return fmt::format("fragment index {} of {}", pos.index, p.n());
  if (pos.replica >= p.copies) return fmt::format("replica {} of {}", pos.replica, p.copies);
  auto& seen = seen_[pos.segment];
  if (seen.empty()) seen.resize(std::size_t{2} * p.columns());
  std::size_t bit = std::size_t{pos.replica} * p.n() + pos.index;
  if (name.kind == EntryKind::tags) bit += p.columns();
  if (seen[bit]) return "duplicate entry";
  seen[bit] = true;
  return {};
}

std::string BundleRules::admit(const EntryName& name, std::uint64_t size) {
  if ((count_ == 0) != (name.kind == EntryKind::header)) {
    return count_ == 0 ? "the first entry is not 'header'" : "duplicate entry";
  }
  if (over_) return "an entry after the manifest";
  std::uint64_t size_max = kHeaderSizeMax;
  last_was_manifest_ = false;
  switch (name.kind) {
    case EntryKind::header:
      break;
    case EntryKind::manifest:
      size_max = kManifestSizeMax;
      last_was_manifest_ = true;
      if (count_ == 1) {
        early_ = true;
      } else {
        over_ = true;
      }
      break;
    case EntryKind::tagger:
      size_max = kTaggerSizeMax;
      if (taggers_.size() >= kTaggersMax) return "more than 256 tagger keys";
      if (!taggers_.emplace(name.tagger, true).second) return "duplicate entry";
      break;
    case EntryKind::fragment:
      size_max = header_.profile.fragment_size;
      break;
    case EntryKind::tags:
      size_max = tags_size_max();
      break;
  }
  if (size == 0 || size > size_max) {
    return fmt::format("entry has {} bytes, expected 1 to {}", size, size_max);
  }
  if (name.kind == EntryKind::fragment && size % kFragmentRounding != 0) {
    return "fragment length is not a multiple of 1024";
  }
  if (name.kind == EntryKind::fragment || name.kind == EntryKind::tags) {
    if (auto why = admit_position(name); !why.empty()) return why;
  }
  ++count_;
  return {};
}

Status BundleRules::set_header(ByteView bytes) {
  CESS_TRY_ASSIGN(header_, parse_header(bytes));
  file_ = file_id(header_);
  return {};
}

std::string BundleRules::add_manifest(ByteView bytes) {
  const Hash256 hash = sha256(bytes);
  if (early_ && over_ && hash != manifest_hash_) return "the two manifests differ";
  manifest_hash_ = hash;
  return {};
}

std::string BundleRules::end() const {
  if (count_ == 0) return "it is empty";
  if (!last_was_manifest_) return "the manifest is missing at its end";
  return {};
}

}  // namespace cess
