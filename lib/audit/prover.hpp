// SPDX-License-Identifier: Apache-2.0
// Answering a challenge from a store: reads the asked blocks in index order with several reads in
// flight, sums them up, and opens the index entries. Memory: the reads in flight (256 KiB each),
// one builder, the openings; never all asked blocks at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/opened_challenge.hpp"
#include "audit/proof.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "merkle/sum_tree.hpp"
#include "podr2/challenge.hpp"
#include "podr2/keys.hpp"
#include "podr2/tag_file.hpp"

namespace cess {

/// What a prover needs to see of a miner's disk. Code::no means "this is not here".
class AuditSource {
 public:
  struct Hit {
    std::uint64_t position = 0;
    IndexEntry entry;
    std::uint32_t block = 0;
  };
  virtual ~AuditSource() = default;
  virtual MinerId miner() = 0;
  /// Root, blocks and fragments of the service index as it is.
  virtual Result<SumNode> index_root() = 0;
  virtual Result<std::uint64_t> index_count() = 0;
  virtual Result<Hit> find(std::uint64_t block) = 0;
  virtual Result<std::vector<SumNode>> path(std::uint64_t position) = 0;
  virtual Result<Descriptor> descriptor(const FragId& frag) = 0;
  virtual Result<TagFile> tag_file(const FragId& frag) = 0;
  virtual Result<TaggerPublic> tagger(const TaggerId& id) = 0;
  /// Stored bytes [offset, offset + out.size()). Called by several threads at once.
  virtual Status read(const FragId& frag, std::uint64_t offset, MutByteView out) = 0;
};

struct ProverOptions {
  unsigned reads_in_flight = 8;
  bool openings = true;
  /// Told of every asked fragment that cannot be read or whose bytes are not what its id says.
  std::function<void(const FragId&, const std::string&)> bad_fragment;
};

/// The answer to `challenge`. With openings only the fragments they name are looked at, and the
/// source's own index need not be that of the challenge: it may have them in another order, and
/// more of them. Without openings it must be that index. Code::no: the challenge is for another
/// miner or another index, or fragments are missing or damaged (each is reported; no proof is
/// made). Code::input: the openings are not what is asked for.
Result<AuditProof> answer_challenge(AuditSource& source, const OpenedChallenge& challenge,
                                    const ProverOptions& options);
inline Result<AuditProof> answer_challenge(AuditSource& source, const Challenge& challenge,
                                           const ProverOptions& options) {
  return answer_challenge(source, OpenedChallenge{challenge, {}}, options);
}

/// Reads every fragment that `challenge` asks for and compares its root; reports those that differ.
/// Returns their number. What a miner runs when its own proof does not verify.
Result<std::uint64_t> check_asked_fragments(AuditSource& source, const OpenedChallenge& challenge,
                                            const ProverOptions& options);
inline Result<std::uint64_t> check_asked_fragments(AuditSource& source, const Challenge& challenge,
                                                   const ProverOptions& options) {
  return check_asked_fragments(source, OpenedChallenge{challenge, {}}, options);
}

}  // namespace cess
