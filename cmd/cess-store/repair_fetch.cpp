// SPDX-License-Identifier: Apache-2.0
#include "codec/rebuild.hpp"
#include "merkle/tree.hpp"
#include "repair.hpp"

namespace cess {

SegmentFetch::SegmentFetch(const Manifest& manifest, std::vector<RepairSource*> sources,
                           const MaskKey* mask)
    : manifest_(manifest), sources_(std::move(sources)) {
  if (!manifest.masked()) return;
  if (mask != nullptr && mask->file == manifest.file &&
      (!manifest.custody || mask_key_fits(manifest.file, *manifest.custody, mask->key))) {
    mask_ = mask->key.clone();
    return;
  }
  if (manifest.custody) return;  // its agents have the key
  auto keys = open_header(manifest.header, Identities{});
  if (keys && keys->mask) mask_ = std::move(*keys->mask);
}

const Hash256& SegmentFetch::root_of(const FragmentPos& pos) const {
  const std::size_t column = std::size_t{pos.replica} * manifest_.profile().n() + pos.index;
  return manifest_.segments[pos.segment].roots[column];
}

Result<std::string> SegmentFetch::fetch(const std::vector<FragmentPos>& want,
                                        std::vector<Fetched>& got) {
  got.assign(want.size(), Fetched{});
  bool all = true;
  for (std::size_t i = 0; i < want.size(); ++i) {
    got[i].bytes = copy_of(want[i]);
    all = all && got[i].bytes;
  }
  if (all) return std::string();
  if (manifest_.masked() && !mask_) {
    return std::string("no source has a copy, and rebuilding masked fragments needs --mask-key");
  }
  return rebuild(want, got);
}

std::optional<Bytes> SegmentFetch::copy_of(const FragmentPos& pos) {
  for (RepairSource* s : sources_) {
    auto data = s->fragment(pos, root_of(pos));
    if (data) return data;
  }
  return std::nullopt;
}

/// Up to k good fragments with distinct indices; of each index the first replica that is good.
std::vector<std::pair<FragmentPos, Bytes>> SegmentFetch::gather(std::uint32_t segment) {
  const Profile& p = manifest_.profile();
  std::vector<std::pair<FragmentPos, Bytes>> have;
  for (std::uint16_t index = 0; index < p.n() && have.size() < p.k; ++index) {
    for (std::uint16_t replica = 0; replica < p.copies; ++replica) {
      const FragmentPos pos{segment, index, replica};
      auto data = copy_of(pos);
      if (!data) continue;
      have.emplace_back(pos, std::move(*data));
      break;
    }
  }
  return have;
}

Result<std::string> SegmentFetch::rebuild(const std::vector<FragmentPos>& want,
                                          std::vector<Fetched>& got) {
  const Profile& p = manifest_.profile();
  const std::uint32_t segment = want.front().segment;
  const auto have = gather(segment);
  if (have.size() < p.k) {
    return "segment " + std::to_string(segment) + " needs " + std::to_string(p.k) + " of " +
           std::to_string(p.n()) + " fragments, the sources have " + std::to_string(have.size());
  }
  std::vector<FragmentBytes> pieces;
  for (const auto& [pos, data] : have) pieces.push_back({pos, data});
  std::vector<FragmentPos> missing;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (!got[i].bytes) missing.push_back(want[i]);
  }
  std::vector<Bytes> out;
  CESS_TRY(rebuild_fragments(out, p, mask_ ? &*mask_ : nullptr, pieces, missing));
  std::size_t next = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (got[i].bytes) continue;
    Bytes& data = out[next++];
    if (fragment_root(data) != root_of(want[i])) {
      return "segment " + std::to_string(segment) +
             ": the rebuilt bytes do not match the manifest's root";
    }
    got[i] = {std::move(data), "rebuilt"};
  }
  return std::string();
}

}  // namespace cess
