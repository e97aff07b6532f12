// SPDX-License-Identifier: Apache-2.0
// cess.fingerprint/1, binary:
//   offset 0   4  magic "CFP1"
//          4  32  SHA-256 of the file
//         36   8  size of the file, LE64
//         44      content:
//           +0  1  kind
//           +1  .  media type: LE32 length (1 to 127), ASCII
//            .  4  width, LE32     4 height     8 duration in ms     8 certificate id
//            . 32  similarity bits
//            .  1  number of features, each: LE32 length, name; LE16 version; LE32 bits of an item;
//                  LE32 length, data (a whole number of items)
//            .  1  number of ISCC units, each: LE32 length, text
#include "fingerprint/encoding.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "crypto/sha256.hpp"

namespace cess::fp {
namespace {

constexpr std::string_view kMagic = "CFP1";
constexpr std::size_t kTypeMax = 127;
constexpr std::size_t kNameMax = 32;
constexpr std::size_t kIsccTextMax = 128;
constexpr std::uint32_t kItemBitsMax = 1U << 20U;

bool plain_name(std::string_view s) {
  return !s.empty() && s.size() <= kNameMax && std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool plain_ascii(std::string_view s, std::size_t size_max) {
  return !s.empty() && s.size() <= size_max && std::all_of(s.begin(), s.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\\';
  });
}

/// What every valid content keeps; empty if it does, else what is wrong.
std::string_view flaw_of(const Content& c) {
  if (static_cast<std::uint8_t>(c.kind) > static_cast<std::uint8_t>(Kind::video))
    return "unknown kind";
  if (!plain_ascii(c.type, kTypeMax)) return "malformed media type";
  if (c.features.size() > kFeaturesMax) return "too many features";
  std::size_t size = 0;
  for (std::size_t i = 0; i < c.features.size(); ++i) {
    const Feature& f = c.features[i];
    if (!plain_name(f.name)) return "malformed feature name";
    if (i > 0 && c.features[i - 1].name >= f.name) return "features out of order";
    if (f.item_bits == 0 || f.item_bits % 8 != 0 || f.item_bits > kItemBitsMax)
      return "bad size of an item";
    if (f.data.size() > kFeatureBytesMax || f.data.size() % f.item_size() != 0)
      return "bad size of a feature";
    size += f.data.size();
  }
  if (size > kContentBytesMax / 2) return "features too large";
  if (c.iscc.size() > kIsccMax) return "too many iscc units";
  for (const std::string& unit : c.iscc) {
    if (!plain_ascii(unit, kIsccTextMax)) return "malformed iscc unit";
  }
  return {};
}

void put_head(Writer& w, const Content& c) {
  const std::string_view flaw = flaw_of(c);
  CESS_CHECK(flaw.empty());
  w.le(static_cast<std::uint8_t>(c.kind)).sized(as_bytes(c.type)).le(c.width).le(c.height);
  w.le(c.duration_ms).le(c.certificate).raw(c.similarity);
}

void put_features(Writer& w, const Content& c) {
  w.le(static_cast<std::uint8_t>(c.features.size()));
  for (const Feature& f : c.features)
    w.sized(as_bytes(f.name)).le(f.version).le(f.item_bits).sized(f.data);
  w.le(static_cast<std::uint8_t>(c.iscc.size()));
  for (const std::string& unit : c.iscc) w.sized(as_bytes(unit));
}

void put_content(Writer& w, const Content& c) {
  put_head(w, c);
  put_features(w, c);
}

Result<Feature> take_feature(Reader& r) {
  Feature f;
  CESS_TRY_ASSIGN(const ByteView name, r.sized(kNameMax, "feature name"));
  f.name = as_text(name);
  CESS_TRY_ASSIGN(f.version, r.le<std::uint16_t>("feature version"));
  CESS_TRY_ASSIGN(f.item_bits, r.le<std::uint32_t>("item size"));
  CESS_TRY_ASSIGN(const ByteView data, r.sized(kFeatureBytesMax, "feature data"));
  f.data.assign(data.begin(), data.end());
  return f;
}

Result<Content> take_content(Reader& r) {
  Content c;
  CESS_TRY_ASSIGN(const std::uint8_t kind, r.le<std::uint8_t>("kind"));
  c.kind = static_cast<Kind>(kind);
  CESS_TRY_ASSIGN(const ByteView type, r.sized(kTypeMax, "media type"));
  c.type = as_text(type);
  CESS_TRY_ASSIGN(c.width, r.le<std::uint32_t>("width"));
  CESS_TRY_ASSIGN(c.height, r.le<std::uint32_t>("height"));
  CESS_TRY_ASSIGN(c.duration_ms, r.le<std::uint64_t>("duration"));
  CESS_TRY_ASSIGN(c.certificate, r.le<std::uint64_t>("certificate"));
  CESS_TRY_ASSIGN(const ByteView similarity, r.raw(c.similarity.size(), "similarity"));
  std::copy(similarity.begin(), similarity.end(), c.similarity.begin());
  CESS_TRY_ASSIGN(const std::uint8_t features, r.le<std::uint8_t>("feature count"));
  if (features > kFeaturesMax) return r.refuse("too many features");
  for (unsigned i = 0; i < features; ++i) {
    CESS_TRY_ASSIGN(Feature f, take_feature(r));
    c.features.push_back(std::move(f));
  }
  CESS_TRY_ASSIGN(const std::uint8_t units, r.le<std::uint8_t>("iscc count"));
  if (units > kIsccMax) return r.refuse("too many iscc units");
  for (unsigned i = 0; i < units; ++i) {
    CESS_TRY_ASSIGN(const ByteView unit, r.sized(kIsccTextMax, "iscc unit"));
    c.iscc.emplace_back(as_text(unit));
  }
  CESS_TRY(r.end());
  if (const std::string_view flaw = flaw_of(c); !flaw.empty()) return r.refuse(flaw);
  return c;
}

}  // namespace

Status check_content(const Content& content) {
  if (const std::string_view flaw = flaw_of(content); !flaw.empty())
    return fail(Code::input, std::string(flaw));
  return {};
}

Bytes encode_content(const Content& content) {
  Writer w;
  put_content(w, content);
  return w.take();
}

Result<Content> parse_content(ByteView bytes) {
  if (bytes.size() > kContentBytesMax) return fail(Code::input, "fingerprint: too large");
  Reader r(bytes, "fingerprint");
  return take_content(r);
}

Bytes encode_fingerprint(const Fingerprint& f) {
  Writer w;
  w.raw(kMagic).id(f.exact).le(f.size_bytes);
  put_content(w, f.content);
  return w.take();
}

Result<Fingerprint> parse_fingerprint(ByteView bytes) {
  if (bytes.size() > kContentBytesMax) return fail(Code::input, "fingerprint: too large");
  Reader r(bytes, "fingerprint");
  CESS_TRY_ASSIGN(const ByteView magic, r.raw(kMagic.size(), "magic"));
  if (as_text(magic) != kMagic) return r.refuse("not a fingerprint");
  Fingerprint f;
  CESS_TRY_ASSIGN(f.exact, r.id<Hash256>("sha256"));
  CESS_TRY_ASSIGN(f.size_bytes, r.le<std::uint64_t>("size"));
  CESS_TRY_ASSIGN(f.content, take_content(r));
  return f;
}

Hash256 features_hash(const Content& c) {
  Writer w;
  put_features(w, c);
  return sha256(w.take());
}

Hash256 commitment(const Fingerprint& f) {
  Writer head;
  head.raw(kMagic).id(f.exact).le(f.size_bytes);
  put_head(head, f.content);
  const std::uint8_t zero = 0;
  return sha256(
      {as_bytes(kSchema), ByteView(&zero, 1), head.bytes(), features_hash(f.content).view()});
}

namespace {

std::string hex64(std::uint64_t v) {
  std::array<std::uint8_t, 8> b{};
  store_be(b.data(), v);
  return to_hex(ByteView(b));
}

Result<Feature> feature_of_json(const std::string& name, const JsonView& v) {
  Feature f;
  f.name = name;
  CESS_TRY_ASSIGN(const std::uint64_t version, v.number("version", 0xffff));
  CESS_TRY_ASSIGN(const std::uint64_t bits, v.number("bits", kItemBitsMax));
  f.version = static_cast<std::uint16_t>(version);
  f.item_bits = static_cast<std::uint32_t>(bits);
  CESS_TRY_ASSIGN(f.data, v.hex("data", kFeatureBytesMax));
  return f;
}

Status take_lists(const JsonView& v, Content& c) {
  CESS_TRY_ASSIGN(const JsonView features, v.object("features"));
  if (features.value().size() > kFeaturesMax)
    return fail(Code::input, v.what() + ": too many features");
  for (const auto& [name, value] : features.value().items()) {
    CESS_TRY_ASSIGN(const JsonView one, features.object(name));
    CESS_TRY_ASSIGN(Feature f, feature_of_json(name, one));
    c.features.push_back(std::move(f));
  }
  std::sort(c.features.begin(), c.features.end(),
            [](const Feature& a, const Feature& b) { return a.name < b.name; });
  if (!v.has("iscc")) return {};
  const Json& units = v.value().at("iscc");
  if (!units.is_array() || units.size() > kIsccMax)
    return fail(Code::input, v.what() + ": bad iscc units");
  for (const Json& unit : units) {
    if (!unit.is_string()) return fail(Code::input, v.what() + ": bad iscc unit");
    c.iscc.push_back(unit.get<std::string>());
  }
  return {};
}

}  // namespace

Json fingerprint_json(const Fingerprint& f, std::string_view file) {
  const Content& c = f.content;
  Json j;
  j["schema"] = kSchema;
  if (!file.empty()) j["file"] = file;
  j["kind"] = kind_name(c.kind);
  j["type"] = c.type;
  j["size_bytes"] = std::to_string(f.size_bytes);
  j["sha256"] = to_hex(f.exact);
  j["certificate"] = hex64(c.certificate);
  j["similarity"] = to_hex(ByteView(c.similarity));
  j["commitment"] = to_hex(commitment(f));
  if (c.width != 0) j["width"] = c.width;
  if (c.height != 0) j["height"] = c.height;
  if (c.duration_ms != 0) j["duration_ms"] = std::to_string(c.duration_ms);
  Json& features = j["features"] = Json::object();
  for (const Feature& one : c.features) {
    Json& v = features[one.name];
    v["version"] = one.version;
    v["bits"] = one.item_bits;
    v["data"] = to_hex(ByteView(one.data));
  }
  if (!c.iscc.empty()) j["iscc"] = c.iscc;
  return j;
}

Result<Fingerprint> parse_fingerprint_json(std::string_view line, std::string_view what,
                                           std::string* file) {
  CESS_TRY_ASSIGN(const Json j, parse_json(line, what, {.size_max = 3 * kContentBytesMax}));
  const JsonView v(j, std::string(what));
  CESS_TRY(v.schema(kSchema));
  Fingerprint f;
  Content& c = f.content;
  CESS_TRY_ASSIGN(const std::string kind, v.text("kind"));
  CESS_TRY_ASSIGN(c.kind, parse_kind(kind));
  CESS_TRY_ASSIGN(c.type, v.text("type"));
  CESS_TRY_ASSIGN(f.size_bytes, v.number("size_bytes", UINT64_MAX));
  CESS_TRY_ASSIGN(f.exact, v.id<Hash256>("sha256"));
  CESS_TRY_ASSIGN(const Bytes certificate, v.hex("certificate", 8));
  CESS_TRY_ASSIGN(const Hash256 similarity, v.id<Hash256>("similarity"));
  if (certificate.size() != 8) return fail(Code::input, std::string(what) + ": bad certificate id");
  c.certificate = load_be<std::uint64_t>(certificate.data());
  c.similarity = similarity.bytes;
  if (v.has("width")) {
    CESS_TRY_ASSIGN(const std::uint64_t width, v.number("width", UINT32_MAX));
    c.width = static_cast<std::uint32_t>(width);
  }
  if (v.has("height")) {
    CESS_TRY_ASSIGN(const std::uint64_t height, v.number("height", UINT32_MAX));
    c.height = static_cast<std::uint32_t>(height);
  }
  if (v.has("duration_ms")) {
    CESS_TRY_ASSIGN(c.duration_ms, v.number("duration_ms", UINT64_MAX));
  }
  CESS_TRY(take_lists(v, c));
  if (const std::string_view flaw = flaw_of(c); !flaw.empty()) {
    return fail(Code::input, std::string(what) + ": " + std::string(flaw));
  }
  if (v.has("commitment")) {
    CESS_TRY_ASSIGN(const Hash256 stated, v.id<Hash256>("commitment"));
    if (stated != commitment(f))
      return fail(Code::input, std::string(what) + ": the commitment is false");
  }
  if (file != nullptr) {
    const auto named = j.find("file");
    *file = named != j.end() && named->is_string() ? named->get<std::string>() : std::string();
  }
  return f;
}

}  // namespace cess::fp
