// SPDX-License-Identifier: Apache-2.0
// Base64 with padding (RFC 4648, section 4), as structured fields of HTTP carry bytes. Reading is
// strict: one spelling for one value.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace cess::proto {

std::string to_base64(ByteView bytes);
/// Code::input naming `what`: another alphabet, no padding, bits left over.
Result<Bytes> parse_base64(std::string_view text, std::string_view what);

}  // namespace cess::proto
