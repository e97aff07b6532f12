// SPDX-License-Identifier: Apache-2.0
// The end of an upload: the masked manifest. And the record of a job on disk.
#include "base/hex.hpp"
#include "codec/tee_mask.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/hpke.hpp"
#include "json/json.hpp"
#include "podr2/tag_file.hpp"
#include "tagger/job.hpp"

namespace cess::tagger {
namespace {

constexpr std::string_view kSealSchema = "cess.tagger_job/1";
constexpr std::string_view kMaskInfo = "CESS-TAGGER-JOB-v1/mask";
constexpr std::size_t kRecordSizeMax = 4096;
constexpr std::size_t kMissingNamedMax = 8;

Json record_json(const JobRecord& r) {
  Json j;
  j["schema"] = kSealSchema;
  j["owner"] = to_hex(r.owner);
  j["file_id"] = to_hex(r.file);
  j["begun"] = r.begun;
  return j;
}

/// Names what keeps a manifest from being sealed.
std::string missing_of(const Manifest& m, const std::map<FragmentPos, Hash256>& roots) {
  std::string out;
  std::size_t count = 0;
  const unsigned n = m.profile().n();
  for (std::uint32_t s = 0; s < m.segments.size(); ++s) {
    for (std::uint16_t c = 0; c < m.segments[s].roots.size(); ++c) {
      const FragmentPos pos{s, static_cast<std::uint16_t>(c % n),
                            static_cast<std::uint16_t>(c / n)};
      const auto it = roots.find(pos);
      if (it != roots.end() && it->second == m.segments[s].roots[c]) continue;
      if (++count <= kMissingNamedMax) out += " " + fragment_name(pos);
    }
  }
  if (count > kMissingNamedMax) out += " and " + std::to_string(count - kMissingNamedMax) + " more";
  return out;
}

}  // namespace

Status write_job_record(const std::string& path, const JobRecord& record,
                        const TaggerSecret& secret, Random& random) {
  const Key256 seed = random.key();
  CESS_TRY_ASSIGN(const auto to, x25519_from_ed25519(ed25519_public(secret.sign_seed())));
  CESS_TRY_ASSIGN(const Bytes box,
                  hpke_seal(to, as_bytes(kMaskInfo), record.file.view(), record.mask.view(), seed));
  Json j = record_json(record);
  j["mask"] = to_hex(box);
  return write_file(path, as_bytes(write_json(j) + "\n"), {0600, true});
}

Status write_sealed_record(const std::string& path, const JobRecord& record) {
  return write_file(path, as_bytes(write_json(record_json(record)) + "\n"), {0600, true});
}

Result<JobRecord> read_job_record(const std::string& path, const TaggerSecret& secret) {
  CESS_TRY_ASSIGN(const Bytes text, read_file(path, kRecordSizeMax));
  CESS_TRY_ASSIGN(const Json json, parse_json(as_text(text), path, {kRecordSizeMax, 2}));
  const JsonView v(json, path);
  CESS_TRY(v.schema(kSealSchema));
  JobRecord out;
  CESS_TRY_ASSIGN(out.owner, v.id<AccountId>("owner"));
  CESS_TRY_ASSIGN(out.file, v.id<FileId>("file_id"));
  CESS_TRY_ASSIGN(const auto begun, v.number("begun", INT64_MAX));
  out.begun = static_cast<std::int64_t>(begun);
  if (!v.has("mask")) return out;
  CESS_TRY_ASSIGN(const Bytes box, v.hex("mask", 128));
  if (box.size() != Key256::kSize + kHpkeOverhead) {
    return fail(Code::input, path + ": mask has a wrong length");
  }
  CESS_TRY(hpke_open(out.mask.mut(), x25519_from_ed25519(secret.sign_seed()), as_bytes(kMaskInfo),
                     out.file.view(), box));
  return out;
}

Result<std::string> Jobs::seal(const JobId& id, ByteView manifest, std::span<const Agent> agents) {
  CESS_TRY_ASSIGN(const Manifest plain, parse_manifest(manifest));
  std::shared_ptr<Job> job;
  {
    const std::lock_guard lock(mutex_);
    CESS_TRY_ASSIGN(job, get(id));
    if (job->fid) {
      CESS_TRY_ASSIGN(const Bytes text,
                      read_file(bundle_folder(id) + "/manifest.json", kManifestSizeMax));
      return std::string(as_text(text));
    }
    if (plain.masked() || encode_header(plain.header) != encode_header(job->header)) {
      return fail(Code::input, "the manifest is masked or of another file");
    }
    if (!job->writing.empty() || job->sealing) {
      return fail(Code::busy, "fragments of the job are being written");
    }
    const std::string missing = missing_of(plain, job->roots);
    if (!missing.empty()) return fail(Code::input, "missing or different fragments:" + missing);
    job->sealing = true;
  }
  auto text = [&]() -> Result<std::string> {
    // What the agents may not get to know together with us, we do not keep: from here on the key is
    // in the shares only.
    CESS_TRY_ASSIGN(MaskCustody custody,
                    make_custody(plain.file, job->record.mask, agents, random_));
    std::map<FragmentPos, Hash256> roots;
    for (const auto& [pos, root] : job->roots) {
      CESS_TRY_ASSIGN(
          const Bytes file,
          read_file(bundle_folder(id) + "/tags/" + fragment_name(pos) + ".tag", 1U << 20U));
      CESS_TRY_ASSIGN(const TagFile tags, parse_tag_file(file));
      roots[pos] = tags.descriptor.root;
    }
    const auto root_of = [&](const FragmentPos& pos) {
      const auto it = roots.find(pos);
      return it == roots.end() ? nullptr : &it->second;
    };
    CESS_TRY_ASSIGN(const Manifest masked, masked_manifest(plain, std::move(custody), root_of));
    CESS_TRY_ASSIGN(std::string out, write_manifest(masked));
    CESS_TRY(write_file(bundle_folder(id) + "/manifest.json", as_bytes(out), {0600, true}));
    CESS_TRY(write_sealed_record(path(id) + "/job.json", job->record));
    const std::lock_guard lock(mutex_);
    job->record.mask = Key256();
    job->fid = masked.fid;
    fids_[masked.fid] = id;
    return out;
  }();
  const std::lock_guard lock(mutex_);
  job->sealing = false;
  return text;
}

}  // namespace cess::tagger
