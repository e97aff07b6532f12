// SPDX-License-Identifier: Apache-2.0
// Making a bundle folder to be delivered: encoded, and each fragment with its tag file, in one pass
// over the input. The folder appears when it is whole and on the disk.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "codec/encode.hpp"
#include "codec/keys.hpp"
#include "podr2/tag.hpp"
#include "transfer/staged.hpp"

namespace cess::transfer {

/// Who tags.
struct Tagging {
  const Tagger* tagger = nullptr;  ///< null: no tags, audit suite 2
  ByteView public_file;            ///< goes along with the bundle
  unsigned threads = 1;
};

/// A fragment's tags; without a tagger, a descriptor of suite 2 that says `root`.
TagFile make_tags(const Tagging& tagging, const FileId& file, const FragmentPos& pos,
                  const Hash256& root, const std::array<std::uint8_t, 16>& nonce, ByteView data);

/// A sink that tags fragments on threads of its own and hands both to `out`, in any order of
/// fragments. Holds threads + 2 fragments. `random` gives nonces.
std::unique_ptr<BundleSink> tagging_sink(BundleSink& out, const Tagging& tagging, Random& random);

/// Encodes what `fd` yields into the new folder `folder`. Errors as encode_stream and
/// folder_writer.
Result<Staged> stage(int fd, const std::string& fd_name, const NewHeader& header,
                     const std::string& folder, const Tagging& tagging,
                     const EncodeOptions& options, Random& random);

}  // namespace cess::transfer
