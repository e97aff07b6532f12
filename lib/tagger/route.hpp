// SPDX-License-Identifier: Apache-2.0
// What can be asked of a tagger, as method and target of an HTTP request. Pure; any thread.
//
//   POST   /tagger/v1/jobs                         body: CESSENC1 header         -> job status
//   GET    /tagger/v1/jobs/ID                                                    -> job status
//   PUT    /tagger/v1/jobs/ID/fragments/NAME       body: the fragment, no mask   -> {}
//   POST   /tagger/v1/jobs/ID/seal                 body: manifest, mask none     -> manifest, mask
//   tee DELETE /tagger/v1/jobs/ID                                                    -> {} POST
//   /tagger/v1/shares?fid=..&for=read&reply=KEY            body: manifest -> sealed share POST
//   /tagger/v1/shares?fid=..&for=repair&segment=..&column=..&reply=KEY POST
//   /tagger/v1/rebuild?fid=..&segment=..&column=..         body: manifest -> tags and fragment GET
//   /tagger/v1/tags/FID/NAME                unsigned                      -> tag file GET
//   /tagger/v1/manifests/FID                unsigned                      -> manifest GET /health,
//   /metrics                       unsigned
//
// All others are signed (proto/guard.hpp). Ids and keys are 64 lower-case hexadecimal digits, NAME
// is SSSSSSSS-III-RRR, numbers are decimal. Parameters stand once each, in the order above.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"
#include "codec/bundle.hpp"
#include "crypto/x25519.hpp"

namespace cess::tagger {

enum class TaggerOp : std::uint8_t {
  begin,
  status,
  put,
  seal,
  drop,
  share,
  rebuild,
  tags,
  manifest,
  health,
  metrics
};

enum class SharePurpose : std::uint8_t { read, repair };

struct TaggerRoute {
  TaggerOp op = TaggerOp::health;
  Hash256 job;      ///< status, put, seal, drop
  FragmentPos pos;  ///< put, tags
  Fid fid;          ///< share, rebuild, tags, manifest
  SharePurpose purpose = SharePurpose::read;
  std::uint32_t segment = 0;  ///< rebuild, share for repair
  std::uint16_t column = 0;   ///< rebuild, share for repair
  X25519Public reply{};       ///< share: whom to seal it to
  friend bool operator==(const TaggerRoute&, const TaggerRoute&) = default;
  [[nodiscard]] bool is_signed() const { return op < TaggerOp::tags; }
};

/// Code::no when there is no such thing; Code::input for a malformed one.
Result<TaggerRoute> parse_tagger_route(std::string_view method, std::string_view target);
std::string tagger_method(const TaggerRoute& route);
std::string tagger_target(const TaggerRoute& route);

/// A rebuilt fragment on its way: LE32 size of the tag file, the tag file, the fragment.
Bytes write_rebuilt(ByteView tags, ByteView data);
struct Rebuilt {
  Bytes tags;
  Bytes data;
};
Result<Rebuilt> parse_rebuilt(ByteView body);

}  // namespace cess::tagger
