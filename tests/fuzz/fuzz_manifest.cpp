// SPDX-License-Identifier: Apache-2.0
// links: codec
// The manifest: what parses is written again to the same meaning, and its fid fits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "codec/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const auto manifest = parse_manifest(ByteView(data, size), "fuzz");
  if (!manifest) return 0;
  if (compute_fid(*manifest) != manifest->fid) std::abort();
  const auto text = write_manifest(*manifest);
  if (!text) std::abort();
  const auto again = parse_manifest(as_bytes(*text), "fuzz");
  if (!again || *again != *manifest) std::abort();
  return 0;
}
