// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/kinds.hpp"

namespace cess::fp {

Result<Content> fingerprint_other(ByteView, std::string_view type, const OnProgress&) {
  Content c;
  c.kind = Kind::other;
  c.type = type;
  return c;
}

}  // namespace cess::fp
