// SPDX-License-Identifier: Apache-2.0
// A file on its way without a bundle: on disk are the manifest, the recipe and the tag files; the
// fragments are made from the file whenever somebody is to have them (decision 1421). A few encoded
// segments are in memory; what a miner sends for later than the others is made for it once more.
// Any thread, but for encode(), resume() and begin().
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "codec/encode.hpp"
#include "codec/recoder.hpp"
#include "sys/random.hpp"
#include "transfer/deliver.hpp"
#include "transfer/recipe.hpp"
#include "transfer/stage.hpp"

namespace cess::transfer {

class Recoded {
 public:
  /// Encodes all of `fd`, a regular file that outlives this, for its roots; keeps manifest and
  /// recipe in `folder`. Code::input, Code::system as encode_stream().
  static Result<std::unique_ptr<Recoded>> encode(int fd, const std::string& name, NewHeader header,
                                                 const std::string& folder,
                                                 const EncodeOptions& options, Random& random);
  /// Goes on with what an earlier run left in `folder`. Code::input: it is damaged, or of a file of
  /// another length.
  static Result<std::unique_ptr<Recoded>> resume(int fd, const std::string& name,
                                                 const std::string& folder, std::size_t threads);
  /// Whether an earlier run left something to go on with.
  static bool left_in(const std::string& folder);
  Recoded(const Recoded&) = delete;
  Recoded& operator=(const Recoded&) = delete;
  /// After all leases.
  ~Recoded();

  /// Has no fragments on disk: see fragment().
  [[nodiscard]] const Staged& staged() const { return *staged_; }
  /// Starts to make tags, the last segments first, until fragments are asked for. What `tagging`
  /// points to outlives this.
  Status begin(const Tagging& tagging);
  /// Until all fragments of a segment have their tag files.
  Status tagged(std::uint32_t segment);
  /// Bytes of a fragment, made now if they are not there. Code::input: the file has changed since.
  /// The lease is given back before long: it holds a segment, if others can do without that memory.
  Result<FragmentLease> fragment(std::uint32_t segment, std::uint16_t column);

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::size_t kSegmentsMax = 3;  ///< in memory

  struct Slot {
    std::unique_ptr<EncodedSegment> bytes;
    std::uint32_t segment = kNone;
    std::uint64_t used = 0;  ///< tick of the last use
    unsigned pins = 0;
    bool busy = false;  ///< the maker writes or tags it
  };
  /// What the maker does next; nothing in it: wait.
  struct Job {
    std::uint32_t segment = kNone;
    Slot* slot = nullptr;
  };

  Recoded(std::string folder, FileHeader header)
      : folder_(std::move(folder)), header_(std::move(header)) {}
  Status open(int fd, const std::string& name, std::size_t threads);
  Status encode_all(const EncodeOptions& options);
  Status keep(const Manifest& manifest);
  Status check_tags();

  // Under mutex_:
  Slot* find(std::uint32_t segment);
  Slot* spare();
  Job next_job();
  Job job_for(std::uint32_t segment);
  [[nodiscard]] bool ready(std::uint32_t segment);
  void ask(std::uint32_t segment, int change);

  void serve();
  Status make_tags_of(const Slot& slot, std::uint32_t segment);

  std::string folder_;
  FileHeader header_;
  Recipe recipe_;
  std::unique_ptr<Recoder> recoder_;
  std::optional<Staged> staged_;
  Tagging tagging_;

  std::mutex mutex_;
  std::condition_variable changed_;  // for who waits for a segment
  std::condition_variable wake_;     // for the maker
  std::vector<Slot> slots_;
  std::vector<bool> tagged_;
  std::map<std::uint32_t, unsigned> wanted_;  // by how many, now
  std::uint32_t tag_next_ = 0;                // one more than the segment that is tagged next
  std::uint32_t asked_ = kNone;               // for a fragment, last
  std::uint64_t tick_ = 0;
  std::optional<Error> error_;
  bool stop_ = false;
  std::thread maker_;
};

}  // namespace cess::transfer
