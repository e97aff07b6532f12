// SPDX-License-Identifier: Apache-2.0
// Encodes bytes in memory and keeps every part of the result at hand.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "codec/encode.hpp"
#include "codec/keys.hpp"
#include "support.hpp"

namespace cess::test {

struct Plan {
  Profile profile = [] {
    Profile p;
    p.k = 4;
    p.m = 2;
    p.fragment_size = 65536;
    return p;
  }();
  AeadId aead = AeadId::aes_256_gcm;
  bool masked = true;
  std::size_t threads = 1;
  std::uint64_t seed = 42;
  std::string name;
  Recipients to = [] {
    Recipients r;
    r.in_clear = true;
    return r;
  }();
};

struct Encoded {
  Manifest manifest;
  std::shared_ptr<const FileKeys> keys;
  std::map<FragmentPos, Bytes> fragments;
  Bytes bundle;
};

inline Encoded encode(const Plan& setup, ByteView plain) {
  Encoded out;
  auto made =
      make_header(setup.profile, setup.aead, setup.masked, setup.to, *fake_random(setup.seed));
  EXPECT_TRUE(made) << made.error().message;
  out.keys = std::make_shared<FileKeys>(std::move(made->keys));
  const Fd in = memory_file(plain);
  const Fd to = memory_file();
  auto sink = bundle_writer(to.get(), "memory");
  EncodeOptions options;
  options.threads = setup.threads;
  options.name = setup.name;
  auto manifest = encode_stream(in.get(), "input", made->header, *out.keys, *sink, options);
  EXPECT_TRUE(manifest) << manifest.error().message;
  out.manifest = std::move(*manifest);
  out.bundle = contents(to.get());
  const Fd again = memory_file(out.bundle);
  auto source = bundle_reader(again.get(), "memory");
  BundleEntry e;
  for (;;) {
    const auto more = source->next(e);
    EXPECT_TRUE(more) << more.error().message;
    if (!more || !*more) break;
    if (e.kind == EntryKind::fragment) out.fragments[e.pos] = e.data;
    if (e.kind == EntryKind::manifest) {
      const auto parsed = parse_manifest(e.data);
      EXPECT_TRUE(parsed) << parsed.error().message;
      EXPECT_EQ(*parsed, out.manifest);
    }
  }
  return out;
}

}  // namespace cess::test
