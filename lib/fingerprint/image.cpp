// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/kinds.hpp"

namespace cess::fp {

Result<Content> fingerprint_image(ByteView, std::string_view type) {
  Content c;
  c.kind = Kind::image;
  c.type = type;
  return c;
}

}  // namespace cess::fp
