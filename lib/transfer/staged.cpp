// SPDX-License-Identifier: Apache-2.0
#include "transfer/staged.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"
#include "podr2/keys.hpp"
#include "sys/file.hpp"

namespace cess::transfer {
namespace {

// Descriptor, signature and a tag for each block.
std::size_t tag_file_size_max(const Profile& p) {
  return kDescriptorSize + 64 + std::size_t{block_count(p.fragment_size)} * kTagSize;
}

// A machine that stops leaves zeros; a compressed point begins with a bit that is set.
bool is_tag_file(ByteView text, const Hash256& root) {
  const auto file = parse_tag_file(text);
  if (!file || file->descriptor.root != root) return false;
  for (std::size_t i = 0; i < file->tags.size(); i += kTagSize) {
    if ((file->tags[i] & 0x80U) == 0) return false;
  }
  return true;
}

}  // namespace

files::Profile chain_profile(const Profile& p) {
  return {p.k, p.m, p.copies, static_cast<std::uint8_t>(p.matrix), p.fragment_size};
}

Result<Staged> Staged::open(std::string folder, TagsIn tags_in) {
  CESS_TRY_ASSIGN(auto text, read_file(folder + "/manifest.json", kManifestSizeMax));
  CESS_TRY_ASSIGN(auto manifest, parse_manifest(text, folder + "/manifest.json"));
  return Staged(std::move(folder), tags_in, std::move(manifest), std::move(text));
}

Status Staged::check(bool tags_later) const {
  for (std::uint32_t s = 0; s < manifest_.segments.size(); ++s) {
    for (std::uint16_t c = 0; c < manifest_.profile().columns(); ++c) {
      const auto wrong = [&](const char* what) {
        return fail(Code::input, fragment_name(pos(s, c)) + " in '" + folder_ + "': " + what,
                    folder_);
      };
      CESS_TRY_ASSIGN(const Bytes data, fragment(s, c));
      const Hash256& root = manifest_.segments[s].roots[c];
      if (fragment_root(data) != root) return wrong("other bytes than the manifest says");
      if (tags_later && !path_exists(tag_path(s, c))) continue;
      CESS_TRY_ASSIGN(const Bytes text, tags(s, c));
      if (!is_tag_file(text, root)) return wrong("its tag file is broken");
    }
  }
  return {};
}

Result<bool> Staged::check_segment_tags(std::uint32_t segment) const {
  for (std::uint16_t c = 0; c < manifest_.profile().columns(); ++c) {
    const std::string path = tag_path(segment, c);
    if (!path_exists(path)) return false;
    CESS_TRY_ASSIGN(const Bytes text, tags(segment, c));
    if (!is_tag_file(text, manifest_.segments[segment].roots[c]))
      return fail(Code::input, "'" + path + "' is broken", path);
  }
  return true;
}

Hash256 Staged::manifest_digest() const { return sha256(text_); }

FragmentPos Staged::pos(std::uint32_t segment, std::uint16_t column) const {
  const unsigned n = manifest_.profile().n();
  return {segment, static_cast<std::uint16_t>(column % n), static_cast<std::uint16_t>(column / n)};
}

Result<Bytes> Staged::fragment(std::uint32_t segment, std::uint16_t column) const {
  const std::string path = folder_ + "/fragments/" + fragment_name(pos(segment, column)) + ".frag";
  CESS_TRY_ASSIGN(auto data, read_file(path, manifest_.profile().fragment_size));
  if (data.size() != manifest_.segments[segment].fragment_length) {
    return fail(Code::input, "'" + path + "' does not have its length", path);
  }
  return data;
}

std::string Staged::tag_path(std::uint32_t segment, std::uint16_t column) const {
  const std::string folder = folder_ + "/tags/";
  if (tags_in_ == TagsIn::segments) return folder + std::to_string(segment) + ".tags";
  return folder + fragment_name(pos(segment, column)) + ".tag";
}

// Fragments of one segment have one length, so that their tag files have one size.
Result<Bytes> Staged::front_of_tags(std::uint32_t segment, std::uint16_t column,
                                    std::size_t size_max) const {
  const std::string path = tag_path(segment, column);
  const std::size_t files = tags_in_ == TagsIn::segments ? manifest_.profile().columns() : 1;
  CESS_TRY_ASSIGN(const Fd fd, open_read(path));
  CESS_TRY_ASSIGN(const FileStamp stamp, file_stamp(fd.get(), path));
  const std::uint64_t each = stamp.size_bytes / files;
  if (!stamp.regular || stamp.size_bytes % files != 0 ||
      each > tag_file_size_max(manifest_.profile())) {
    return fail(Code::input, "'" + path + "' has no tag files' size", path);
  }
  Bytes out(std::min<std::uint64_t>(each, size_max));
  const std::uint64_t offset = files == 1 ? 0 : column * each;
  CESS_TRY_ASSIGN(const auto got, pread_full(fd.get(), out, offset, path));
  if (got != out.size()) return fail(Code::input, "'" + path + "' is cut off", path);
  return out;
}

Result<Descriptor> Staged::descriptor(std::uint32_t segment, std::uint16_t column) const {
  CESS_TRY_ASSIGN(const Bytes front, front_of_tags(segment, column, kDescriptorSize));
  auto d = parse_descriptor(front);
  const std::string path = tag_path(segment, column);
  if (!d) return fail(Code::input, "'" + path + "': " + d.error().message, path);
  return d;
}

Result<TaggerId> Staged::tagger(std::uint32_t segment, std::uint16_t column) const {
  CESS_TRY_ASSIGN(const Descriptor d, descriptor(segment, column));
  return d.tagger;
}

Result<Bytes> Staged::tags(std::uint32_t segment, std::uint16_t column) const {
  return front_of_tags(segment, column, SIZE_MAX);
}

Result<Bytes> Staged::segment_tags(std::uint32_t segment, std::uint16_t column) const {
  const unsigned columns = manifest_.profile().columns();
  if (tags_in_ == TagsIn::segments) {
    CESS_TRY_ASSIGN(Bytes all, read_file(tag_path(segment, column),
                                         columns * tag_file_size_max(manifest_.profile())));
    const auto own = all.begin() + static_cast<std::ptrdiff_t>(all.size() / columns * column);
    std::rotate(all.begin(), own, own + static_cast<std::ptrdiff_t>(all.size() / columns));
    return all;
  }
  CESS_TRY_ASSIGN(Bytes all, tags(segment, column));
  for (std::uint16_t c = 0; c < columns; ++c) {
    if (c == column) continue;
    CESS_TRY_ASSIGN(const Bytes other, tags(segment, c));
    append(all, ByteView(other));
  }
  return all;
}

Result<Bytes> Staged::tagger_file(const TaggerId& id) const {
  return read_file(folder_ + "/taggers/" + to_hex(id) + ".pub", kTaggerPublicSize);
}

Result<files::SlotReceipt> Staged::receipt(std::uint32_t first, std::uint32_t end,
                                           std::uint16_t column) const {
  files::SlotReceipt r;
  r.fid = fid();
  r.column = column;
  for (std::uint32_t s = first; s < end; ++s) {
    CESS_TRY_ASSIGN(const Descriptor d, descriptor(s, column));
    if (d.root != manifest_.segments[s].roots[column] || d.file != manifest_.file ||
        (s != first && d.tagger != r.tagger)) {
      const std::string path = tag_path(s, column);
      return fail(Code::input, "'" + path + "' is of another fragment or tagger", path);
    }
    r.tagger = d.tagger;
    if (!d.tagger.is_zero()) r.nonces.push_back(d.nonce);
  }
  return r;
}

}  // namespace cess::transfer
