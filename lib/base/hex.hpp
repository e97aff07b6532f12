// SPDX-License-Identifier: Apache-2.0
// Hexadecimal text: written in lower case, read strictly (lower case only, even length).
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess {

std::string to_hex(ByteView bytes);
template <class Tag>
std::string to_hex(const Id<Tag>& id) {
  return to_hex(id.view());
}

/// Fails with Code::input; the message names `what` and the first bad position.
Result<Bytes> parse_hex(std::string_view text, std::string_view what);
/// Exactly `out.size()` bytes.
Status parse_hex_into(MutByteView out, std::string_view text, std::string_view what);

template <class IdType>
Result<IdType> parse_id(std::string_view text, std::string_view what) {
  IdType id;
  CESS_TRY(parse_hex_into(id.mut(), text, what));
  return id;
}

}  // namespace cess
