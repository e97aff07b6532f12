// SPDX-License-Identifier: Apache-2.0
#include "proto/signature.hpp"

#include <algorithm>
#include <cstring>

#include "crypto/sha256.hpp"
#include "proto/base64.hpp"

namespace cess::proto {
namespace {

constexpr std::size_t kTextSizeMax = 512;

tl::unexpected<Error> refuse_signature(std::string_view why) {
  return fail(Code::input, "cannot read Signature-Input: " + std::string(why), "Signature-Input");
}

/// Walks over the field.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}
  [[nodiscard]] bool done() const { return at_ == text_.size(); }
  [[nodiscard]] std::size_t at() const { return at_; }
  bool take(char c) {
    if (done() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  /// A key of structured fields: [a-z*][a-z0-9_.*-]*
  std::string key() {
    const std::size_t from = at_;
    while (!done() && ((text_[at_] >= 'a' && text_[at_] <= 'z') || text_[at_] == '*' ||
                       (at_ > from && is_later(text_[at_])))) {
      ++at_;
    }
    return std::string(text_.substr(from, at_ - from));
  }
  Result<std::string> string() {
    if (!take('"')) return refuse_signature("expected a string");
    const std::size_t from = at_;
    while (!done() && text_[at_] != '"') {
      const char c = text_[at_++];
      if (c < ' ' || c > '~' || c == '\\')
        return refuse_signature("a string with strange characters");
    }
    std::string out(text_.substr(from, at_ - from));
    if (!take('"')) return refuse_signature("a string without end");
    if (out.size() > kTextSizeMax) return refuse_signature("a string too long");
    return out;
  }
  Result<std::uint64_t> number() {
    const std::size_t from = at_;
    std::uint64_t n = 0;
    while (!done() && text_[at_] >= '0' && text_[at_] <= '9') {
      if (at_ - from == 12) return refuse_signature("a number too large");
      n = n * 10 + static_cast<std::uint64_t>(text_[at_++] - '0');
    }
    if (at_ == from) return refuse_signature("expected a number");
    return n;
  }

 private:
  static bool is_later(char c) {
    return (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

Status read_components(Cursor& in, SignatureInput& out) {
  if (!in.take('(')) return refuse_signature("expected a list of components");
  while (!in.take(')')) {
    if (!out.components.empty() && !in.take(' ')) return refuse_signature("expected a blank");
    if (out.components.size() == kComponentsMax) return refuse_signature("too many components");
    CESS_TRY_ASSIGN(std::string name, in.string());
    if (name.empty()) return refuse_signature("a component without name");
    if (std::find(out.components.begin(), out.components.end(), name) != out.components.end())
      return refuse_signature("a component twice");
    out.components.push_back(std::move(name));
  }
  return {};
}

Status read_parameter(Cursor& in, SignatureInput& out) {
  const std::string name = in.key();
  if (!in.take('=')) return refuse_signature("a parameter without value");
  if (name == "created") {
    if (out.created) return refuse_signature("a parameter twice");
    CESS_TRY_ASSIGN(out.created, in.number());
    return {};
  }
  std::string* to = name == "nonce"   ? &out.nonce
                    : name == "keyid" ? &out.keyid
                    : name == "alg"   ? &out.alg
                    : name == "tag"   ? &out.tag
                                      : nullptr;
  if (to == nullptr) return refuse_signature("parameter '" + name.substr(0, 40) + "' is not known");
  if (!to->empty()) return refuse_signature("a parameter twice");
  CESS_TRY_ASSIGN(*to, in.string());
  if (to->empty()) return refuse_signature("an empty parameter");
  return {};
}

}  // namespace

Result<SignatureInput> parse_signature_input(std::string_view field) {
  if (field.size() > kSignatureInputSizeMax) return refuse_signature("too long");
  Cursor in(field);
  SignatureInput out;
  out.label = in.key();
  if (out.label.empty() || !in.take('=')) return refuse_signature("expected a label");
  const std::size_t from = in.at();
  CESS_TRY(read_components(in, out));
  while (in.take(';')) CESS_TRY(read_parameter(in, out));
  if (!in.done()) return refuse_signature("more than one signature, or text behind it");
  out.params = std::string(field.substr(from));
  return out;
}

std::string format_signature_input(SignatureInput& input) {
  std::string p = "(";
  for (const auto& name : input.components) {
    if (p.size() > 1) p += ' ';
    p += '"' + name + '"';
  }
  p += ')';
  if (input.created) p += ";created=" + std::to_string(*input.created);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) p += ";" + std::string(name) + "=\"" + value + "\"";
  };
  add("nonce", input.nonce);
  add("keyid", input.keyid);
  add("alg", input.alg);
  add("tag", input.tag);
  input.params = std::move(p);
  return input.label + "=" + input.params;
}

Result<Ed25519Signature> parse_signature(std::string_view field, std::string_view label) {
  const std::string open = std::string(label) + "=:";
  if (!field.starts_with(open) || !field.ends_with(":") || field.size() != open.size() + 89)
    return fail(Code::input, "cannot read Signature: not one of this label", "Signature");
  field.remove_prefix(open.size());
  field.remove_suffix(1);
  CESS_TRY_ASSIGN(const Bytes raw, parse_base64(field, "Signature"));
  Ed25519Signature signature;
  if (raw.size() != signature.size())
    return fail(Code::input, "cannot read Signature: not 64 bytes", "Signature");
  std::memcpy(signature.data(), raw.data(), signature.size());
  return signature;
}

std::string format_signature(const Ed25519Signature& signature, std::string_view label) {
  return std::string(label) + "=:" + to_base64(signature) + ":";
}

Result<std::string> signature_base(const SignatureInput& input, const ComponentValue& value) {
  std::string base;
  for (const auto& name : input.components) {
    const auto found = value(name);
    if (!found) {
      return fail(Code::input, "the message has no '" + name + "', which its signature covers",
                  name);
    }
    base += '"' + name + "\": " + *found + '\n';
  }
  return base + "\"@signature-params\": " + input.params;
}

std::string content_digest(ByteView body) { return content_digest(std::span(&body, 1)); }

std::string content_digest(std::span<const ByteView> parts) {
  Sha256 hash;
  for (const ByteView part : parts) hash.update(part);
  return "sha-256=:" + to_base64(hash.finish().view()) + ":";
}

std::string format_root_digest(const RootDigest& digest) {
  return "cess-tags=:" + to_base64(digest.tags.view()) +
         ":, cess-root=:" + to_base64(digest.root.view()) + ":";
}

std::optional<RootDigest> parse_root_digest(std::string_view field) {
  constexpr std::string_view kTags = "cess-tags=:";
  constexpr std::string_view kRoot = ":, cess-root=:";
  constexpr std::size_t kBase64 = 44;  // of 32 bytes
  if (field.size() != kTags.size() + kRoot.size() + 2 * kBase64 + 1 || !field.starts_with(kTags))
    return std::nullopt;
  const auto tags = parse_base64(field.substr(kTags.size(), kBase64), "Content-Digest");
  const auto root =
      parse_base64(field.substr(kTags.size() + kBase64 + kRoot.size(), kBase64), "Content-Digest");
  if (!tags || !root) return std::nullopt;
  const RootDigest digest{Hash256::from(*tags), Hash256::from(*root)};
  // One spelling for one value.
  if (format_root_digest(digest) != field) return std::nullopt;
  return digest;
}

}  // namespace cess::proto
