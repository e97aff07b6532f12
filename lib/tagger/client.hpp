// SPDX-License-Identifier: Apache-2.0
// The client half: an upload's, a reader's, a repairing miner's, and another agent's. Blocking; one
// thread each, but for abort().
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "codec/custody.hpp"
#include "codec/manifest.hpp"
#include "net/http_client.hpp"
#include "proto/guard.hpp"
#include "sys/clock.hpp"
#include "tagger/route.hpp"

namespace cess::tagger {

/// Where a tagger listens and how it is known: of its record on the chain.
struct TaggerAt {
  TaggerId id;
  std::string endpoint;  ///< "https://host:port" or "host:port"
  Ed25519Public sign_key{};
};

/// Who asks: the seed of an Ed25519 key (an account's, or a tagger's), on which chain.
struct Asker {
  Key256 seed;
  Hash256 genesis;
  Random* random = &system_random();
  Clock* clock = &system_clock();
  [[nodiscard]] Asker clone() const { return {seed.clone(), genesis, random, clock}; }
};

struct TaggerJobStatus {
  Hash256 job;
  std::string state;              ///< "open", "sealed", "delivered"
  std::optional<Fid> fid;         ///< once sealed
  std::vector<FragmentPos> have;  ///< while open
  std::string note;               ///< while it is delivered: how far, and why it waits
};
std::string write_job_status(const TaggerJobStatus& status);
Result<TaggerJobStatus> parse_job_status(std::string_view text);

/// Errors of all: Code::peer for the way and the tagger's own trouble; else the tagger's words with
/// the code it gave (no, input, busy).
class TaggerClient {
 public:
  static Result<TaggerClient> connect(const TaggerAt& tagger, const Asker& asker);
  TaggerClient(TaggerClient&&) noexcept;
  TaggerClient& operator=(TaggerClient&&) noexcept;
  ~TaggerClient();

  /// Begins or finds again the upload of this file.
  Result<TaggerJobStatus> begin(ByteView header);
  Result<TaggerJobStatus> status(const Hash256& job);
  /// Puts a fragment without mask. Safe to repeat.
  Status put(const Hash256& job, const FragmentPos& pos, ByteView data);
  /// The masked manifest's text, as it shall be declared.
  Result<std::string> seal(const Hash256& job, std::string_view manifest);
  Status drop(const Hash256& job);

  /// One share of the mask key, checked against the manifest.
  Result<ShamirShare> share_to_read(const Manifest& manifest, std::string_view text);
  Result<ShamirShare> share_to_repair(const Manifest& manifest, std::string_view text,
                                      std::uint32_t segment, std::uint16_t column);
  /// For the claimant of a restoral order: the fragment again, bit by bit, with its tag file.
  /// Checked against the root; the tag file is not, and may be missing when its tagger is gone.
  Result<Rebuilt> rebuild(const Manifest& manifest, std::string_view text, std::uint32_t segment,
                          std::uint16_t column);
  Result<Bytes> tags(const Fid& fid, const FragmentPos& pos);
  Result<std::string> manifest(const Fid& fid);
  /// Any thread.
  void abort();

 private:
  struct Impl;
  explicit TaggerClient(std::unique_ptr<Impl> impl);
  Result<std::string> ask(const TaggerRoute& route, std::string body);
  Result<ShamirShare> share(const Manifest& manifest, std::string_view text, TaggerRoute route);
  std::unique_ptr<Impl> impl_;
};

/// A sealed share as it travels: HPKE to the asker's fresh key, AAD fid.
Result<Bytes> seal_share(const Fid& fid, const ShamirShare& share, const X25519Public& reply,
                         Random& random);

/// Finds a tagger by id, from the chain; nothing when it is not registered.
using FindTagger = std::function<Result<std::optional<TaggerAt>>(const TaggerId&)>;
/// Why the mask key is wanted.
struct MaskPurpose {
  SharePurpose purpose = SharePurpose::read;
  std::uint32_t segment = 0;
  std::uint16_t column = 0;
};
/// K_mask, from as many agents of the manifest as it takes. `own`: a share that is at hand already.
/// Code::no or Code::peer when too few release theirs; the message says what each answered.
Result<Key256> gather_mask_key(const Manifest& manifest, std::string_view text,
                               const MaskPurpose& purpose, const FindTagger& find,
                               const Asker& asker, const ShamirShare* own = nullptr);

}  // namespace cess::tagger
