// SPDX-License-Identifier: Apache-2.0
// Decoding: from a bundle as a stream, or from fragments in any order (codec/fragment_set.hpp), to
// the plaintext in order. Reading, decoding and writing are three stages side by side; memory does
// not depend on the size of the file. Only authenticated plaintext is written, whole segments at a
// time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "codec/fragment_set.hpp"
#include "codec/keys.hpp"
#include "codec/manifest.hpp"
#include "codec/segment_decoder.hpp"

namespace cess {

using WriteBytes = std::function<Status(ByteView)>;

struct DecodeOptions {
  std::size_t threads = 1;
  Say warn = [](const std::string&) {
  };  ///< damage met and survived; called by one thread at a time
  Say note = [](const std::string&) {};  ///< which fragments were used
  std::function<void(std::uint64_t bytes)> progress;
  std::string spool_dir = "/var/tmp";  ///< for streams whose segments do not come in order
};

/// A bundle on a descriptor that cannot seek. The header comes first, so that the caller can find
/// the key before a fragment is read.
class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;
  [[nodiscard]] virtual const FileHeader& header() const = 0;
  /// Code::no when a segment has too few good fragments; Code::input for anything altered. Bytes
  /// already written are then a prefix of the file, or, of a public file whose roots do not agree
  /// with the manifest at the end, anything. Returns the manifest, which has been checked
  /// against what was decoded.
  virtual Result<Manifest> run(const FileKeys& keys, const WriteBytes& write) = 0;
};
/// Reads the header. `known` is a manifest that the caller has from elsewhere.
Result<std::unique_ptr<StreamDecoder>> open_stream(int fd, std::string name,
                                                   std::optional<Manifest> known,
                                                   DecodeOptions options);

/// Decodes everything; errors as above.
Status decode_set(const FragmentSet& set, const FileKeys& keys, const WriteBytes& write,
                  const DecodeOptions& options);

/// Bytes [from, from + size) of the plaintext, which must lie inside the file; reads only the 64
/// KiB pieces that hold them, or, where a piece is damaged or missing, the same piece of other
/// fragments, and these whole if that is no help either. Of public files, whose AEAD proves
/// nothing, each fragment used is read whole and its root checked.
Status decode_range(const FragmentSet& set, const FileKeys& keys, std::uint64_t from,
                    std::uint64_t size, const WriteBytes& write, const DecodeOptions& options);

}  // namespace cess
