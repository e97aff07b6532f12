// SPDX-License-Identifier: Apache-2.0
#include "base/codec.hpp"

#include <string>

namespace cess {

tl::unexpected<Error> Reader::refuse(std::string_view why) const {
  return fail(Code::input,
              std::string(what_) + ": " + std::string(why) + " at byte " + std::to_string(offset_));
}

Result<ByteView> Reader::raw(std::size_t size, std::string_view field) {
  if (size > left()) return refuse("truncated in " + std::string(field));
  ByteView v = in_.subspan(offset_, size);
  offset_ += size;
  return v;
}

Result<ByteView> Reader::sized(std::size_t size_max, std::string_view field) {
  CESS_TRY_ASSIGN(auto size, le<std::uint32_t>(field));
  if (size > size_max) {
    return refuse(std::string(field) + " has " + std::to_string(size) + " bytes, at most " +
                  std::to_string(size_max) + " allowed");
  }
  return raw(size, field);
}

Status Reader::end() const {
  if (left() != 0) return refuse(std::to_string(left()) + " bytes left over");
  return {};
}

}  // namespace cess
