// SPDX-License-Identifier: Apache-2.0
// The tagging stream: entries are read in order, fragments are tagged by several threads, entries
// are written in order. Memory: threads + 2 entries. Every fragment's root is computed by the
// tagger itself and must be the one its entry claims: a tag never speaks for bytes nobody looked
// at.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "codec/bundle.hpp"
#include "codec/custody.hpp"
#include "podr2/tag.hpp"
#include "sys/random.hpp"

namespace cess {

class TagPipeline {
 public:
  struct Options {
    unsigned threads = 1;
    bool retag = false;  ///< drop tags that are there instead of refusing the bundle
    /// Not empty: mask every fragment with a key drawn for this file, which these agents share, and
    /// rewrite the manifest.
    std::vector<Agent> agents;
  };
  /// `pub`: the tagger's public file, sent ahead of the first fragment. All borrowed.
  TagPipeline(const Tagger& tagger, ByteView pub, Random& random, Options options)
      : tagger_(tagger), pub_(pub), random_(random), options_(std::move(options)) {}

  /// Moves everything from `in` to `out`; the sink is finished on success. Returns the number of
  /// fragments tagged.
  Result<std::uint64_t> run(BundleSource& in, BundleSink& out);

 private:
  enum class State { unread, waiting, busy, ready };
  struct Slot {
    State state = State::unread;
    BundleEntry entry;
    std::array<std::uint8_t, 16> nonce{};
    Bytes tags;  ///< the tag file, for a fragment that is ready
  };

  Slot& slot(std::uint64_t number) { return slots_[number % slots_.size()]; }
  [[nodiscard]] bool masking() const { return !options_.agents.empty(); }
  void stop_with(const Status& status);
  Status admit(const BundleEntry& entry) const;
  Status read_all(BundleSource& in);
  Status tag_one(Slot& s) const;
  Status write_manifest_of(BundleSink& out, const BundleEntry& entry);
  void work();
  Status write_one(BundleSink& out, Slot& s);
  void write_all(BundleSink& out);

  const Tagger& tagger_;
  ByteView pub_;
  Random& random_;
  Options options_;
  Key256 mask_;                            // if there are agents
  std::map<FragmentPos, Hash256> masked_;  // the writer's: roots of what it has written

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Slot> slots_;     // entry i uses slot i mod size
  std::uint64_t read_ = 0;      // entries read
  bool any_read_ = false;       // the reader's: a fragment has come
  std::uint64_t taken_ = 0;     // entries a worker has looked at
  std::uint64_t written_ = 0;   // entries written
  bool end_ = false;            // all entries are read
  std::optional<Error> error_;  // the first failure; everybody stops
  std::uint64_t tagged_ = 0;
};

}  // namespace cess
