// SPDX-License-Identifier: Apache-2.0
// One job and its record on disk. Internal to tagger.
#pragma once

#include <map>
#include <set>

#include "tagger/jobs.hpp"

namespace cess::tagger {

/// job.json. The mask key is sealed to the tagger's own key, and is gone once the job is sealed.
struct JobRecord {
  AccountId owner;
  FileId file;
  Key256 mask;
  std::int64_t begun = 0;
};

Status write_job_record(const std::string& path, const JobRecord& record,
                        const TaggerSecret& secret, Random& random);
/// The same without the mask key.
Status write_sealed_record(const std::string& path, const JobRecord& record);
Result<JobRecord> read_job_record(const std::string& path, const TaggerSecret& secret);

struct Jobs::Job {
  JobId id;
  JobRecord record;
  FileHeader header;
  std::optional<Fid> fid;
  bool delivered = false;
  bool sealing = false;
  std::int64_t news = 0;
  std::uint64_t bytes = 0;
  std::map<FragmentPos, Hash256> roots;  ///< before masking
  std::set<FragmentPos> writing;
};

}  // namespace cess::tagger
