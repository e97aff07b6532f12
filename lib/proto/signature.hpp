// SPDX-License-Identifier: Apache-2.0
// HTTP message signatures (RFC 9421) with Ed25519 (its section 3.3.6) and content digests (RFC
// 9530) with SHA-256: the parts of both that the fragment protocol needs, read strictly. One
// signature a message; components without parameters; parameters in any order, each once.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/ed25519.hpp"

namespace cess::proto {

constexpr std::size_t kSignatureInputSizeMax = 2048;
constexpr std::size_t kComponentsMax = 16;

/// The field Signature-Input.
struct SignatureInput {
  std::string label;
  std::vector<std::string> components;   ///< "@method", "content-digest": each once
  std::optional<std::uint64_t> created;  ///< Unix seconds
  std::string nonce;
  std::string keyid;
  std::string alg;
  std::string tag;
  std::string params;  ///< all behind "label=", as it is signed
};
/// Code::input.
Result<SignatureInput> parse_signature_input(std::string_view field);
/// The text of the field; fills `params`. Strings hold printable ASCII without quotes, backslashes.
std::string format_signature_input(SignatureInput& input);

/// The field Signature with the signature of this label alone. Code::input.
Result<Ed25519Signature> parse_signature(std::string_view field, std::string_view label);
std::string format_signature(const Ed25519Signature& signature, std::string_view label);

/// The value of a component, or nothing when the message does not have it.
using ComponentValue = std::function<std::optional<std::string>(const std::string& name)>;
/// What is signed (section 2.5). Code::input when a component is not there.
Result<std::string> signature_base(const SignatureInput& input, const ComponentValue& value);

/// The field Content-Digest of a body: "sha-256=:…:".
std::string content_digest(ByteView body);
/// Of parts that follow one another.
std::string content_digest(std::span<const ByteView> parts);
/// The same field of a body that is tag files and a whole fragment (decision 1417): SHA-256 of the
/// tag files, and the fragment's root, which whoever keeps it compares anyway.
struct RootDigest {
  Hash256 tags;
  Hash256 root;
};
std::string format_root_digest(const RootDigest& digest);
/// Nothing: it is not of this form.
std::optional<RootDigest> parse_root_digest(std::string_view field);

}  // namespace cess::proto
