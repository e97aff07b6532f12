// SPDX-License-Identifier: Apache-2.0
#include "codec/manifest.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "json/json.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

constexpr std::string_view kSchema = "cess.manifest/1";

std::string_view mask_name(const Manifest& m) {
  if (m.custody) return "tee";
  return m.header.masked() ? "owner" : "none";
}

tl::unexpected<Error> refuse(std::string_view what, std::string_view why) {
  return fail(Code::input, fmt::format("{}: {}", what, why));
}

// The profile is told twice, here for people and in the header for the decoder: they must agree.
Status check_profile_object(const JsonView& v, const Profile& p) {
  const auto expect = [&](std::string_view key, std::uint64_t wanted) -> Status {
    CESS_TRY_ASSIGN(const auto value, v.number(key, UINT32_MAX));
    if (value != wanted) {
      return refuse(v.what(), fmt::format("{} is {}, but {} in the header", key, value, wanted));
    }
    return {};
  };
  CESS_TRY(expect("k", p.k));
  CESS_TRY(expect("m", p.m));
  CESS_TRY(expect("copies", p.copies));
  CESS_TRY(expect("matrix", static_cast<std::uint64_t>(p.matrix)));
  CESS_TRY(expect("fragment_size", p.fragment_size));
  CESS_TRY_ASSIGN(const auto name, v.text("name"));
  if (name != profile_name(p)) return refuse(v.what(), "name does not fit the numbers");
  return {};
}

Status parse_segments(const JsonView& view, Manifest& m) {
  const Layout layout = m.layout();
  const std::uint64_t count = layout.segment_count();
  CESS_TRY_ASSIGN(const auto said, view.number("segment_count", kSegmentCountMax));
  if (said != count) {
    return refuse(view.what(),
                  fmt::format("segment_count is {}, but {} follow from the length", said, count));
  }
  CESS_TRY_ASSIGN(const auto segments, view.array("segments", kSegmentCountMax));
  if (segments.size() != count) {
    return refuse(view.what(), fmt::format("{} segments, expected {}", segments.size(), count));
  }
  m.segments.reserve(segments.size());
  for (std::uint64_t s = 0; s < count; ++s) {
    const JsonView& v = segments[s];
    SegmentInfo info;
    CESS_TRY_ASSIGN(info.ciphertext_length, v.number("ciphertext_length", kSegmentSizeMax));
    CESS_TRY_ASSIGN(const auto fragment, v.number("fragment_length", kFragmentSizeMax));
    info.fragment_length = static_cast<std::uint32_t>(fragment);
    if (info.ciphertext_length != layout.ciphertext_length(s) ||
        fragment != layout.segment_fragment_length(s)) {
      return refuse(v.what(),
                    fmt::format("lengths of segment {} do not follow from the file's", s));
    }
    CESS_TRY_ASSIGN(const auto roots, v.array("roots", m.profile().columns()));
    if (roots.size() != m.profile().columns()) {
      return refuse(v.what(), fmt::format("segment {} has {} roots, expected {}", s, roots.size(),
                                          m.profile().columns()));
    }
    info.roots.reserve(roots.size());
    for (const JsonView& r : roots) {
      const auto* text = r.value().get_ptr<const std::string*>();
      if (text == nullptr) return refuse(v.what(), "a root is not text");
      CESS_TRY_ASSIGN(const auto root, parse_id<Hash256>(*text, v.what() + ": root"));
      info.roots.push_back(root);
    }
    m.segments.push_back(std::move(info));
  }
  return {};
}

// RFC 3629: shortest form, no surrogates, at most U+10FFFF.
bool valid_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
    if (size == 0 || size > text.size() - i) return false;
    for (std::size_t j = 1; j < size; ++j) {
      if ((static_cast<unsigned char>(text[i + j]) & 0xc0U) != 0x80U) return false;
    }
    const auto second = size > 1 ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
        (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) {
      return false;
    }
    i += size;
  }
  return true;
}

}  // namespace

bool valid_file_name(std::string_view name) {
  if (name.size() > kFileNameSizeMax || name == "." || name == "..") return false;
  if (!valid_utf8(name)) return false;
  for (const char c : name) {
    const auto b = static_cast<unsigned char>(c);
    if (b < 0x20 || b == 0x7f || c == '/') return false;
  }
  return true;
}

Hash256 segment_leaf(const SegmentInfo& segment) {
  Writer w;
  w.le(std::uint8_t{0}).le(segment.ciphertext_length);
  w.le(std::uint64_t{segment.fragment_length});
  w.le(static_cast<std::uint16_t>(segment.roots.size()));
  for (const Hash256& root : segment.roots) w.id(root);
  return sha256(w.bytes());
}

Fid compute_fid(const Manifest& m) {
  std::vector<Hash256> leaves;
  leaves.reserve(m.segments.size());
  for (const SegmentInfo& s : m.segments) leaves.push_back(segment_leaf(s));
  const Profile& p = m.profile();
  Writer w;
  w.raw("CESS-FID-v1").id(m.file).le(m.length);
  w.le(p.k).le(p.m).le(p.copies).le(static_cast<std::uint8_t>(p.matrix)).le(p.fragment_size);
  w.le(static_cast<std::uint32_t>(m.segments.size())).id(merkle_root(leaves));
  return Fid::from(sha256(w.bytes()).view());
}

Status check_segment_count(const Profile& profile, std::uint64_t count, std::string_view name) {
  const auto refuse_input = [&](const std::string& why) {
    return fail(Code::input, why, std::string(name), "choose a larger --fragment-size");
  };
  if (count > kSegmentCountMax)
    return refuse_input(fmt::format("'{}' has more than 2^20 segments", name));
  // A root is 67 bytes of the manifest.
  if (count * (std::uint64_t{profile.columns()} * 67 + 64) > kManifestSizeMax) {
    return refuse_input(
        fmt::format("'{}' is too large for this profile: its manifest passes 64 MiB", name));
  }
  return {};
}

Result<std::string> write_manifest(const Manifest& m) {
  const Profile& p = m.profile();
  Json j;
  j["schema"] = kSchema;
  j["fid"] = to_hex(m.fid);
  j["file_id"] = to_hex(m.file);
  j["length"] = m.length;
  j["profile"] = Json{{"name", profile_name(p)},
                      {"k", p.k},
                      {"m", p.m},
                      {"copies", p.copies},
                      {"matrix", static_cast<unsigned>(p.matrix)},
                      {"fragment_size", p.fragment_size}};
  j["mask"] = mask_name(m);
  if (m.custody) j["custody"] = custody_to_json(*m.custody);
  j["segment_count"] = m.segments.size();
  Json segments = Json::array();
  for (const SegmentInfo& s : m.segments) {
    Json roots = Json::array();
    for (const Hash256& root : s.roots) roots.push_back(to_hex(root));
    segments.push_back(Json{{"ciphertext_length", s.ciphertext_length},
                            {"fragment_length", s.fragment_length},
                            {"roots", std::move(roots)}});
  }
  j["segments"] = std::move(segments);
  j["header"] = to_hex(encode_header(m.header));
  if (!m.name.empty()) j["name"] = m.name;
  std::string text = write_json(j);
  if (text.size() > kManifestSizeMax) {
    return fail(Code::input, "cannot write manifest: over 64 MiB", {},
                "choose a larger --fragment-size");
  }
  return text;
}

Result<Manifest> parse_manifest(ByteView text, std::string_view what) {
  CESS_TRY_ASSIGN(const Json json,
                  parse_json(as_text(text), what, {.size_max = kManifestSizeMax, .depth_max = 8}));
  const JsonView view(json, std::string(what));
  CESS_TRY(view.schema(kSchema));
  Manifest m;
  CESS_TRY_ASSIGN(const auto header, view.hex("header", kHeaderSizeMax));
  CESS_TRY_ASSIGN(m.header, parse_header(header));
  CESS_TRY_ASSIGN(m.fid, view.id<Fid>("fid"));
  CESS_TRY_ASSIGN(m.file, view.id<FileId>("file_id"));
  if (m.file != file_id(m.header)) return refuse(what, "file_id does not fit the header");
  CESS_TRY_ASSIGN(m.length, view.number("length", kFileSizeMax));
  CESS_TRY_ASSIGN(const auto profile, view.object("profile"));
  CESS_TRY(check_profile_object(profile, m.profile()));
  CESS_TRY_ASSIGN(const auto mask, view.text("mask"));
  if (mask == "tee") {
    if (m.header.masked()) return refuse(what, "mask is 'tee', but the header has one of its own");
    CESS_TRY_ASSIGN(const auto custody, view.object("custody"));
    CESS_TRY_ASSIGN(m.custody, custody_from_json(custody));
  }
  if (view.has("custody") != m.custody.has_value() || mask != mask_name(m)) {
    return refuse(what, "mask does not fit the header");
  }
  if (m.layout().segment_count() > kSegmentCountMax) return refuse(what, "too many segments");
  CESS_TRY(parse_segments(view, m));
  if (view.has("name")) {
    CESS_TRY_ASSIGN(m.name, view.text("name"));
    if (!valid_file_name(m.name)) return refuse(what, "name is not a plain base name");
  }
  if (compute_fid(m) != m.fid) return refuse(what, "fid does not fit the contents");
  return m;
}

}  // namespace cess
