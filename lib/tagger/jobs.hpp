// SPDX-License-Identifier: Apache-2.0
// Jobs of a tagger on its disk: an upload comes in fragment by fragment, and each is checked,
// masked, tagged and durable before it is acknowledged. What is not masked never touches the disk.
// A job that was killed at any moment goes on where it was: what counts as there is what has a root
// file, which is written last.
//
//   STAGING/lock
//   STAGING/jobs/ID/job.json         cess.tagger_job/1: owner, mask key sealed to the tagger itself
//   STAGING/jobs/ID/roots/NAME       root of the fragment before masking, 32 bytes
//   STAGING/jobs/ID/bundle/          the masked bundle as a folder (codec/bundle.hpp), without
//                                    manifest.json until the job is sealed
//   STAGING/jobs/ID/delivered        the deal is complete: fragments are gone, tags stay
//
// ID = SHA-256("CESS-TAGGER-JOB-v1" ‖ owner ‖ file_id), so that a client that asks again finds its
// own job. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "chain/types/ids.hpp"
#include "codec/bundle.hpp"
#include "codec/custody.hpp"
#include "codec/manifest.hpp"
#include "podr2/tag.hpp"
#include "sys/file.hpp"

namespace cess::tagger {

using JobId = Id<struct TaggerJobTag>;

struct JobLimits {
  std::uint64_t capacity = 16ULL << 30U;  ///< bytes of staged fragments of all jobs
  std::size_t jobs_max = 256;             ///< that are not delivered
  std::size_t jobs_per_owner_max = 32;    ///< of these
  std::uint64_t idle_s_max = 86'400;      ///< an open job without news is dropped after it
};

enum class JobState : std::uint8_t { open, sealed, delivered };

struct JobView {
  JobId id;
  AccountId owner;
  FileId file;
  JobState state = JobState::open;
  std::optional<Fid> fid;  ///< sealed
  std::uint64_t bytes = 0;
  std::int64_t begun = 0;         ///< Unix seconds
  std::vector<FragmentPos> have;  ///< open
};

struct JobTotals {
  std::size_t open = 0;
  std::size_t sealed = 0;
  std::size_t delivered = 0;
  std::uint64_t bytes = 0;
};

/// The tagger whose jobs these are. Borrowed by Jobs.
struct TaggerKeys {
  const Tagger& tagger;
  const TaggerSecret& secret;
  ByteView pub;  ///< its public file
};

class Jobs {
 public:
  /// Makes the folder if it is not there and reads what is in it. Code::busy when another process
  /// has it. Unfinished jobs go on; bytes nobody counted are removed.
  static Result<std::unique_ptr<Jobs>> open(std::string folder, TaggerKeys keys, JobLimits limits,
                                            Random& random);

  /// The job of this owner for this file, made if need be. `header` is the CESSENC1 header.
  /// Code::busy over a limit; Code::input for a header that is bad or masked already.
  Result<JobView> begin(const AccountId& owner, ByteView header, std::int64_t now);
  [[nodiscard]] std::optional<JobView> find(const JobId& id) const;
  [[nodiscard]] std::optional<JobId> by_fid(const Fid& fid) const;
  /// Masks, tags and keeps a fragment. The same again is no error. Code::busy when the disk's
  /// budget is used up or the fragment is being written already; Code::input when it does not fit
  /// the header, has another root than before, or the job is sealed.
  Status put(const JobId& id, const FragmentPos& pos, Bytes data, std::int64_t now);
  /// Ends the upload: every fragment of `manifest` (mask none) must be there with its root. Returns
  /// the text of the masked manifest; asked again, the same. Code::input names what is missing.
  Result<std::string> seal(const JobId& id, ByteView manifest, std::span<const Agent> agents);
  /// The folder to deliver from; the job must be sealed.
  [[nodiscard]] std::string bundle_folder(const JobId& id) const;
  /// Frees the fragments' room; tags and manifest stay, for repairs.
  Status set_delivered(const JobId& id);
  /// Forgets a job that is not delivered. Code::busy while something is written to it.
  Status drop(const JobId& id);
  /// Drops open jobs without news for idle_s_max.
  void sweep(std::int64_t now);
  [[nodiscard]] std::vector<JobView> sealed() const;
  [[nodiscard]] JobTotals totals() const;

 private:
  struct Job;
  Jobs(std::string folder, TaggerKeys keys, JobLimits limits, Random& random);
  Status load();
  Status load_job(const std::string& name);
  Result<std::shared_ptr<Job>> get(const JobId& id) const;
  Status write_fragment(Job& job, const FragmentPos& pos, Bytes& data, const Hash256& root);
  Status check_fits(const Job& job, const FragmentPos& pos, std::size_t size) const;
  JobView view(const Job& job) const;
  [[nodiscard]] std::string path(const JobId& id) const;

  std::string folder_;
  TaggerKeys keys_;
  JobLimits limits_;
  Random& random_;
  Fd lock_;
  mutable std::mutex mutex_;
  std::map<JobId, std::shared_ptr<Job>> jobs_;
  std::map<Fid, JobId> fids_;
  std::uint64_t bytes_ = 0;
};

JobId job_id(const AccountId& owner, const FileId& file);

}  // namespace cess::tagger
