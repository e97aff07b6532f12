// SPDX-License-Identifier: Apache-2.0
// A small file as a bundle folder, 2 + 2 fragments of 64 KiB a segment; and a tagger's key.
#pragma once

#include <optional>
#include <string>

#include "sys/file.hpp"
#include "transfer/stage.hpp"

namespace cess::transfer {

struct StagedBundle {
  Staged staged;
  FileKeys keys;
};

inline Recipients everybody() {
  Recipients to;
  to.in_clear = true;
  return to;
}

/// The file `in`, encoded into `folder`. Its last argument: tags of whom, none: untagged.
inline Result<StagedBundle> stage_small(const std::string& in, const std::string& folder,
                                        const Recipients& to = everybody(), bool masked = true,
                                        const Tagging& tagging = {}) {
  Profile profile;
  profile.k = 2;
  profile.m = 2;
  profile.fragment_size = kFragmentSizeUnit;
  CESS_TRY_ASSIGN(auto made,
                  make_header(profile, AeadId::aes_256_gcm, masked, to, system_random()));
  CESS_TRY_ASSIGN(const Fd fd, open_read(in));
  CESS_TRY_ASSIGN(auto staged, stage(fd.get(), in, made, folder, tagging, {}, system_random()));
  return StagedBundle{std::move(staged), std::move(made.keys)};
}

/// Its thousands of points are made once a process.
struct OwnTagger {
  TaggerSecret secret = TaggerSecret::make(Bytes(TaggerSecret::kRandomSize, 9));
  Bytes file = encode_tagger_public(make_tagger_public(secret));
  Tagger tagger = *Tagger::make(secret, *parse_tagger_head(file));
};
inline const OwnTagger& own_tagger() {
  static const OwnTagger made;
  return made;
}

}  // namespace cess::transfer
