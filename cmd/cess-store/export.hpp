// SPDX-License-Identifier: Apache-2.0
// A stored file as a bundle.
#pragma once

#include "codec/bundle.hpp"
#include "codec/manifest.hpp"
#include "store/store.hpp"

namespace cess {

struct Exported {
  std::uint64_t fragment_count = 0;
  std::vector<FragId> damaged;  ///< left out
};
/// Gives `sink` the header, the manifest, the tagger keys, the fragments present with all tag files
/// of their segments, and the manifest again. Each fragment is checked against its root; damaged
/// ones are left out and reported.
Result<Exported> export_file(const StoreReader& store, const Manifest& manifest, ByteView text,
                             BundleSink& sink);

/// The manifest of a stored file, checked against its fid: Code::no when damaged or absent.
struct CheckedManifest {
  Manifest manifest;
  Bytes text;
};
Result<CheckedManifest> load_manifest(const StoreReader& store, const Fid& fid);

}  // namespace cess
