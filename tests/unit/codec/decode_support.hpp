// SPDX-License-Identifier: Apache-2.0
// Decodes bundles and folders of files in memory, and collects what the decoder says.
#pragma once

#include <gtest/gtest.h>

#include <fcntl.h>

#include <algorithm>
#include <string>
#include <vector>

#include "codec/decode.hpp"
#include "encode_support.hpp"

namespace cess::test {

struct Decoded {
  Status status;
  Bytes plain;
  std::vector<std::string> warnings;
  [[nodiscard]] bool ok() const { return status.has_value(); }
};

inline WriteBytes collect(Bytes& out) {
  return [&out](ByteView v) -> Status {
    append(out, v);
    return {};
  };
}

inline DecodeOptions options_for(Decoded& out, std::size_t threads) {
  DecodeOptions o;
  o.threads = threads;
  o.warn = [&out](const std::string& text) { out.warnings.push_back(text); };
  return o;
}

/// As a stream, through a descriptor that is read once from start to end.
inline Decoded decode_stream(ByteView bundle, const Identities& who = {}, std::size_t threads = 1,
                             std::optional<Manifest> known = {}) {
  Decoded out;
  const Fd fd = memory_file(bundle);
  auto stream = open_stream(fd.get(), "memory", std::move(known), options_for(out, threads));
  if (!stream) {
    out.status = tl::unexpected<Error>(stream.error());
    return out;
  }
  const auto keys = open_header((*stream)->header(), who);
  if (!keys) {
    out.status = tl::unexpected<Error>(keys.error());
    return out;
  }
  const auto done = (*stream)->run(*keys, collect(out.plain));
  if (!done) out.status = tl::unexpected<Error>(done.error());
  return out;
}

inline Decoded decode_files(const std::vector<std::string>& inputs,
                            const std::string& manifest = {}, const Identities& who = {},
                            std::size_t threads = 1) {
  Decoded out;
  const auto set = FragmentSet::open(inputs, manifest);
  if (!set) {
    out.status = tl::unexpected<Error>(set.error());
    return out;
  }
  const auto keys = open_header(set->manifest().header, who);
  if (!keys) {
    out.status = tl::unexpected<Error>(keys.error());
    return out;
  }
  out.status = decode_set(*set, *keys, collect(out.plain), options_for(out, threads));
  return out;
}

/// Writes the parts of `e` for which `keep` holds as a bundle; `order` may shuffle the fragments.
template <class Keep>
Bytes rebundle(const Encoded& e, const Keep& keep, bool reversed = false, bool early = false) {
  const Fd fd = memory_file();
  auto sink = bundle_writer(fd.get(), "memory");
  BundleEntry entry;
  EXPECT_TRUE(sink->add(entry, encode_header(e.manifest.header)));
  const auto text = write_manifest(e.manifest);
  entry.kind = EntryKind::manifest;
  if (early) {
    EXPECT_TRUE(sink->add(entry, as_bytes(*text)));
  }
  std::vector<FragmentPos> order;
  for (const auto& [pos, bytes] : e.fragments) order.push_back(pos);
  if (reversed) std::reverse(order.begin(), order.end());
  entry.kind = EntryKind::fragment;
  entry.file = e.manifest.file;
  for (const FragmentPos& pos : order) {
    if (!keep(pos)) continue;
    entry.pos = pos;
    entry.root = e.manifest.segments[pos.segment]
                     .roots[std::size_t{pos.replica} * e.manifest.profile().n() + pos.index];
    EXPECT_TRUE(sink->add(entry, e.fragments.at(pos)));
  }
  entry.kind = EntryKind::manifest;
  EXPECT_TRUE(sink->add(entry, as_bytes(*text)));
  EXPECT_TRUE(sink->finish());
  return contents(fd.get());
}

inline void write_all(const std::string& path, ByteView data) {
  ASSERT_TRUE(write_file(path, data, {.mode = 0644, .replace = true}));
}

/// A folder with header, manifest and fragments of `e`.
inline void write_folder(const std::string& path, const Encoded& e) {
  auto sink = folder_writer(path, false);
  ASSERT_TRUE(sink) << sink.error().message;
  const Fd fd = memory_file(e.bundle);
  auto source = bundle_reader(fd.get(), "memory");
  BundleEntry entry;
  while (*source->next(entry)) ASSERT_TRUE((*sink)->add(entry, entry.data));
  ASSERT_TRUE((*sink)->finish());
}

inline std::string fragment_path(const std::string& folder, const FragmentPos& pos) {
  return folder + "/fragments/" + fragment_name(pos) + ".frag";
}

}  // namespace cess::test
