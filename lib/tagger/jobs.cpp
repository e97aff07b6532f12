// SPDX-License-Identifier: Apache-2.0
#include "tagger/jobs.hpp"

#include <algorithm>
#include <filesystem>

#include "base/hex.hpp"
#include "codec/tee_mask.hpp"
#include "crypto/hpke.hpp"
#include "crypto/sha256.hpp"
#include "json/json.hpp"
#include "merkle/tree.hpp"
#include "tagger/job.hpp"

namespace cess::tagger {
namespace {

tl::unexpected<Error> busy(std::string why) { return fail(Code::busy, std::move(why)); }

Status remove_tree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return fail(Code::system, "cannot remove '" + path + "': " + error.message(), path);
  return {};
}

}  // namespace

JobId job_id(const AccountId& owner, const FileId& file) {
  return JobId::from(sha256({as_bytes("CESS-TAGGER-JOB-v1"), owner.view(), file.view()}).view());
}

Jobs::Jobs(std::string folder, TaggerKeys keys, JobLimits limits, Random& random)
    : folder_(std::move(folder)), keys_(keys), limits_(limits), random_(random) {}

std::string Jobs::path(const JobId& id) const { return folder_ + "/jobs/" + to_hex(id); }
std::string Jobs::bundle_folder(const JobId& id) const { return path(id) + "/bundle"; }

Result<std::unique_ptr<Jobs>> Jobs::open(std::string folder, TaggerKeys keys, JobLimits limits,
                                         Random& random) {
  CESS_TRY(make_dir(folder, 0700, true));
  CESS_TRY(make_dir(folder + "/jobs", 0700, true));
  std::unique_ptr<Jobs> out(new Jobs(std::move(folder), keys, limits, random));
  CESS_TRY_ASSIGN(out->lock_, lock_file(out->folder_ + "/lock", true));
  CESS_TRY(out->load());
  return out;
}

Status Jobs::load() {
  CESS_TRY_ASSIGN(const auto names, list_dir(folder_ + "/jobs"));
  for (const std::string& name : names) CESS_TRY(load_job(name));
  return {};
}

Status Jobs::load_job(const std::string& name) {
  const std::string at = folder_ + "/jobs/" + name;
  // The record is written last: a folder without it was never acknowledged.
  if (!path_exists(at + "/job.json")) return remove_tree(at);
  CESS_TRY_ASSIGN(JobRecord record, read_job_record(at + "/job.json", keys_.secret));
  auto job = std::make_shared<Job>();
  job->id = job_id(record.owner, record.file);
  if (to_hex(job->id) != name) {
    return fail(Code::input, "'" + at + "' does not hold the job of its name", at);
  }
  job->record = std::move(record);
  CESS_TRY_ASSIGN(const Bytes header, read_file(at + "/bundle/header", kHeaderSizeMax));
  CESS_TRY_ASSIGN(job->header, parse_header(header));
  if (path_exists(at + "/bundle/manifest.json")) {
    CESS_TRY_ASSIGN(const Bytes text, read_file(at + "/bundle/manifest.json", kManifestSizeMax));
    CESS_TRY_ASSIGN(const Manifest m, parse_manifest(text, at));
    job->fid = m.fid;
    job->delivered = path_exists(at + "/delivered");
    fids_[m.fid] = job->id;
    // What a kill may have left: the mask key after sealing, fragments after the delivery.
    CESS_TRY(write_sealed_record(at + "/job.json", job->record));
    job->record.mask = Key256();
    if (job->delivered) CESS_TRY(remove_tree(at + "/bundle/fragments"));
  }
  CESS_TRY_ASSIGN(const auto roots, list_dir(at + "/roots"));
  for (const std::string& root_name : roots) {
    const auto pos = parse_fragment_name(root_name);
    if (!pos) continue;
    CESS_TRY_ASSIGN(const Bytes root, read_file(at + "/roots/" + root_name, Hash256::kSize));
    if (root.size() != Hash256::kSize) {
      return fail(Code::input, "'" + at + "/roots/" + root_name + "' is no root", at);
    }
    job->roots[*pos] = Hash256::from(root);
    if (job->delivered) continue;
    CESS_TRY_ASSIGN(const auto size, file_size(at + "/bundle/fragments/" + root_name + ".frag"));
    job->bytes += size;
  }
  bytes_ += job->bytes;
  const JobId id = job->id;
  jobs_[id] = std::move(job);
  return {};
}

Result<JobView> Jobs::begin(const AccountId& owner, ByteView header_bytes, std::int64_t now) {
  CESS_TRY_ASSIGN(FileHeader header, parse_header(header_bytes));
  if (header.masked()) return fail(Code::input, "the file has its owner's mask already");
  const FileId file = file_id(header);
  const JobId id = job_id(owner, file);
  const std::lock_guard lock(mutex_);
  if (const auto it = jobs_.find(id); it != jobs_.end()) {
    if (encode_header(it->second->header) != encode_header(header)) {
      return fail(Code::input, "this file was begun with another header");
    }
    return view(*it->second);
  }
  std::size_t all = 0;
  std::size_t own = 0;
  for (const auto& [other, job] : jobs_) {
    if (job->delivered) continue;
    ++all;
    if (job->record.owner == owner) ++own;
  }
  if (all >= limits_.jobs_max) return busy("the tagger has " + std::to_string(all) + " jobs");
  if (own >= limits_.jobs_per_owner_max) {
    return busy("this account has " + std::to_string(own) + " jobs already");
  }
  auto job = std::make_shared<Job>();
  job->id = id;
  job->header = std::move(header);
  job->record = JobRecord{owner, file, random_.key(), now};
  job->news = now;
  const std::string at = path(id);
  CESS_TRY(remove_tree(at));
  CESS_TRY(make_dir(at, 0700, false));
  CESS_TRY(make_dir(at + "/roots", 0700, false));
  CESS_TRY(make_dir(at + "/bundle", 0700, false));
  for (const char* sub : {"/bundle/fragments", "/bundle/tags", "/bundle/taggers"}) {
    CESS_TRY(make_dir(at + sub, 0700, false));
  }
  CESS_TRY(write_file(at + "/bundle/header", header_bytes, {0600, true}));
  CESS_TRY(write_file(at + "/bundle/taggers/" + to_hex(keys_.tagger.id()) + ".pub", keys_.pub,
                      {0600, true}));
  CESS_TRY(write_job_record(at + "/job.json", job->record, keys_.secret, random_));
  jobs_[id] = job;
  return view(*job);
}

Result<std::shared_ptr<Jobs::Job>> Jobs::get(const JobId& id) const {
  const auto it = jobs_.find(id);
  if (it == jobs_.end()) return fail(Code::no, "no job " + to_hex(id), to_hex(id));
  return it->second;
}

JobView Jobs::view(const Job& job) const {
  JobView v;
  v.id = job.id;
  v.owner = job.record.owner;
  v.file = job.record.file;
  v.fid = job.fid;
  v.bytes = job.bytes;
  v.begun = job.record.begun;
  v.state = job.delivered ? JobState::delivered : job.fid ? JobState::sealed : JobState::open;
  if (v.state == JobState::open) {
    for (const auto& [pos, root] : job.roots) v.have.push_back(pos);
  }
  return v;
}

std::optional<JobView> Jobs::find(const JobId& id) const {
  const std::lock_guard lock(mutex_);
  const auto job = get(id);
  if (!job) return std::nullopt;
  return view(**job);
}

std::optional<JobId> Jobs::by_fid(const Fid& fid) const {
  const std::lock_guard lock(mutex_);
  const auto it = fids_.find(fid);
  if (it == fids_.end()) return std::nullopt;
  return it->second;
}

Status Jobs::check_fits(const Job& job, const FragmentPos& pos, std::size_t size) const {
  const Profile& p = job.header.profile;
  if (pos.index >= p.n() || pos.replica >= p.copies || pos.segment >= kSegmentCountMax) {
    return fail(Code::input, "fragment " + fragment_name(pos) + " is not of this profile");
  }
  if (size == 0 || size > p.fragment_size || size % kFragmentRounding != 0) {
    return fail(Code::input, "fragment " + fragment_name(pos) + " has " + std::to_string(size) +
                                 " bytes, which no fragment of this profile has");
  }
  return {};
}

Status Jobs::put(const JobId& id, const FragmentPos& pos, Bytes data, std::int64_t now) {
  const Hash256 root = fragment_root(data);
  const std::size_t size = data.size();
  std::shared_ptr<Job> job;
  {
    const std::lock_guard lock(mutex_);
    CESS_TRY_ASSIGN(job, get(id));
    CESS_TRY(check_fits(*job, pos, size));
    job->news = now;
    if (const auto it = job->roots.find(pos); it != job->roots.end()) {
      if (it->second == root) return {};
      return fail(Code::input, "fragment " + fragment_name(pos) + " came with other bytes before");
    }
    if (job->fid || job->sealing) return fail(Code::input, "the job is sealed");
    if (bytes_ + size > limits_.capacity) return busy("the tagger's disk budget is used up");
    if (!job->writing.insert(pos).second) {
      return busy("fragment " + fragment_name(pos) + " is being written");
    }
    bytes_ += size;
    job->bytes += size;
  }
  const Status written = write_fragment(*job, pos, data, root);
  const std::lock_guard lock(mutex_);
  job->writing.erase(pos);
  if (written) {
    job->roots[pos] = root;
  } else {
    bytes_ -= size;
    job->bytes -= size;
  }
  return written;
}

Status Jobs::write_fragment(Job& job, const FragmentPos& pos, Bytes& data, const Hash256& root) {
  apply_mask(data, job.record.mask, pos);
  std::array<std::uint8_t, 16> nonce{};
  random_.fill(nonce);
  const TagFile tags = keys_.tagger.tag_fragment(
      {job.record.file, pos.segment, pos.index, pos.replica}, nonce, data);
  const std::string at = path(job.id);
  const std::string name = fragment_name(pos);
  CESS_TRY(write_file(at + "/bundle/fragments/" + name + ".frag", data, {0600, true}));
  CESS_TRY(write_file(at + "/bundle/tags/" + name + ".tag", encode_tag_file(tags), {0600, true}));
  return write_file(at + "/roots/" + name, root.view(), {0600, true});
}

Status Jobs::set_delivered(const JobId& id) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const auto job, get(id));
  if (!job->fid) return fail(Code::input, "the job is not sealed");
  if (job->delivered) return {};
  CESS_TRY(write_file(path(id) + "/delivered", {}, {0600, true}));
  job->delivered = true;
  bytes_ -= job->bytes;
  job->bytes = 0;
  return remove_tree(path(id) + "/bundle/fragments");
}

Status Jobs::drop(const JobId& id) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const auto job, get(id));
  if (job->delivered) return fail(Code::input, "the job is delivered");
  if (!job->writing.empty() || job->sealing) return busy("the job is being written");
  // Without its record the folder is nobody's, should we be killed half-way.
  std::error_code ignored;
  std::filesystem::remove(path(id) + "/job.json", ignored);
  CESS_TRY(remove_tree(path(id)));
  bytes_ -= job->bytes;
  if (job->fid) fids_.erase(*job->fid);
  jobs_.erase(id);
  return {};
}

void Jobs::sweep(std::int64_t now) {
  std::vector<JobId> old;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, job] : jobs_) {
      const auto news = std::max(job->news, job->record.begun);
      if (!job->fid && now - news > static_cast<std::int64_t>(limits_.idle_s_max)) {
        old.push_back(id);
      }
    }
  }
  for (const JobId& id : old) (void)drop(id);
}

std::vector<JobView> Jobs::sealed() const {
  const std::lock_guard lock(mutex_);
  std::vector<JobView> out;
  for (const auto& [id, job] : jobs_) {
    if (job->fid && !job->delivered) out.push_back(view(*job));
  }
  return out;
}

JobTotals Jobs::totals() const {
  const std::lock_guard lock(mutex_);
  JobTotals t;
  t.bytes = bytes_;
  for (const auto& [id, job] : jobs_) {
    ++(job->delivered ? t.delivered : job->fid ? t.sealed : t.open);
  }
  return t;
}

}  // namespace cess::tagger
