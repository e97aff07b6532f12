// SPDX-License-Identifier: Apache-2.0
// cess.fingerprint/1: the canonical binary encoding, its commitment, and the JSON line. Both are
// read strictly: a fingerprint has exactly one binary encoding, and what is read is within the
// limits below.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fingerprint/types.hpp"
#include "json/json.hpp"

namespace cess::fp {

inline constexpr std::string_view kSchema = "cess.fingerprint/1";
inline constexpr std::size_t kFeaturesMax = 32;
inline constexpr std::size_t kFeatureBytesMax = 2U << 20U;
inline constexpr std::size_t kContentBytesMax = 4U << 20U;  ///< of a whole encoding
inline constexpr std::size_t kIsccMax = 8;

/// Whether it keeps the limits. Code::input.
Status check_content(const Content& content);
/// Binary, offsets in doc/formats/fingerprint.md. The value must keep the limits (CESS_CHECK).
Bytes encode_content(const Content& content);
Result<Content> parse_content(ByteView bytes);
Bytes encode_fingerprint(const Fingerprint& f);
Result<Fingerprint> parse_fingerprint(ByteView bytes);

/// SHA-256 of the encoding from the number of features on.
Hash256 features_hash(const Content& c);
/// SHA-256("cess.fingerprint/1" ‖ 0x00 ‖ encoding up to the similarity bits ‖ features_hash): what
/// a registration on the chain commits to. The chain computes it itself from these few fields.
Hash256 commitment(const Fingerprint& f);

/// Keys in the documented order; `file` (a name for people, no part of the fingerprint) if not
/// empty.
Json fingerprint_json(const Fingerprint& f, std::string_view file = {});
/// Refuses a stated commitment that is not that of the fields. Unknown keys are ignored. `file`
/// gets what the line says of its file's name, if it does.
Result<Fingerprint> parse_fingerprint_json(std::string_view line, std::string_view what,
                                           std::string* file = nullptr);

}  // namespace cess::fp
