// SPDX-License-Identifier: Apache-2.0
#include "transfer/recoded.hpp"

#include <algorithm>
#include <system_error>

#include "base/check.hpp"
#include "sys/file.hpp"
#include "transfer/late_tags.hpp"

namespace cess::transfer {
namespace {

std::string recipe_path(const std::string& folder) { return folder + "/recipe.json"; }
std::string manifest_path(const std::string& folder) { return folder + "/manifest.json"; }

}  // namespace

bool Recoded::left_in(const std::string& folder) {
  return path_exists(recipe_path(folder)) && path_exists(manifest_path(folder));
}

Result<std::unique_ptr<Recoded>> Recoded::encode(int fd, const std::string& name, NewHeader header,
                                                 const std::string& folder,
                                                 const EncodeOptions& options, Random& random) {
  std::unique_ptr<Recoded> out(new Recoded(folder, std::move(header.header)));
  out->recipe_.keys = std::move(header.keys);
  random.fill(out->recipe_.nonces.mut());
  CESS_TRY(out->open(fd, name, options.threads));
  CESS_TRY(out->encode_all(options));
  return out;
}

Result<std::unique_ptr<Recoded>> Recoded::resume(int fd, const std::string& name,
                                                 const std::string& folder, std::size_t threads) {
  CESS_TRY_ASSIGN(auto staged, Staged::open(folder, TagsIn::segments));
  std::unique_ptr<Recoded> out(new Recoded(folder, staged.manifest().header));
  const std::string path = recipe_path(folder);
  CESS_TRY_ASSIGN(Bytes text, read_secret_file(path, kRecipeSizeMax));
  auto recipe = parse_recipe(text, staged.manifest(), path);
  wipe(text);
  if (!recipe) return tl::unexpected<Error>(recipe.error());
  out->recipe_ = std::move(*recipe);
  out->staged_ = std::move(staged);
  CESS_TRY(out->open(fd, name, threads));
  if (out->recoder_->layout().length() != out->staged().manifest().length)
    return fail(Code::input, "'" + name + "' has another length now", name);
  CESS_TRY(out->check_tags());
  return out;
}

Status Recoded::open(int fd, const std::string& name, std::size_t threads) {
  CESS_TRY_ASSIGN(recoder_, Recoder::make(fd, name, header_, recipe_.keys, threads));
  const std::uint64_t count = recoder_->layout().segment_count();
  slots_.resize(std::min<std::uint64_t>(kSegmentsMax, count));
  for (Slot& slot : slots_) slot.bytes = std::make_unique<EncodedSegment>(header_);
  tagged_.resize(count);
  tag_next_ = static_cast<std::uint32_t>(count);
  return {};
}

// Each segment's bytes are only looked at for their roots; the last few stay.
Status Recoded::encode_all(const EncodeOptions& options) {
  Manifest manifest;
  manifest.header = header_;
  manifest.file = file_id(header_);
  manifest.name = options.name;
  for (std::uint32_t s = 0; s < tagged_.size(); ++s) {
    Slot& slot = slots_[s % slots_.size()];
    CESS_TRY_ASSIGN(const Hash256 digest, recoder_->first(*slot.bytes, s));
    slot.segment = s;
    slot.used = ++tick_;
    recipe_.digests.push_back(digest);
    manifest.length += slot.bytes->plain_length;
    manifest.segments.push_back(
        {slot.bytes->ciphertext_length, slot.bytes->fragment_length, slot.bytes->roots});
    if (options.progress) options.progress(slot.bytes->plain_length);
  }
  CESS_TRY(recoder_->check_unchanged());
  manifest.fid = compute_fid(manifest);
  return keep(manifest);
}

// The manifest last: with it the folder is whole.
Status Recoded::keep(const Manifest& manifest) {
  CESS_TRY(make_dir(folder_, 0755, true));
  std::string secret = write_recipe(manifest.file, recipe_);
  const Status kept =
      write_file(recipe_path(folder_), as_bytes(secret), {.mode = 0600, .replace = true});
  wipe({reinterpret_cast<std::uint8_t*>(secret.data()), secret.size()});
  CESS_TRY(kept);
  CESS_TRY_ASSIGN(const auto text, write_manifest(manifest));
  CESS_TRY(write_file(manifest_path(folder_), as_bytes(text), {.mode = 0644, .replace = true}));
  CESS_TRY_ASSIGN(staged_, Staged::open(folder_, TagsIn::segments));
  return {};
}

Status Recoded::check_tags() {
  for (std::uint32_t s = 0; s < tagged_.size(); ++s) {
    CESS_TRY_ASSIGN(tagged_[s], staged().check_segment_tags(s));
  }
  return {};
}

Status Recoded::begin(const Tagging& tagging) {
  tagging_ = tagging;
  CESS_TRY(make_tag_folders(staged(), tagging));
  try {
    maker_ = std::thread([this] { serve(); });
  } catch (const std::system_error& e) {
    return fail(Code::system, std::string("cannot start a thread: ") + e.what());
  }
  return {};
}

Recoded::~Recoded() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  changed_.notify_all();
  if (maker_.joinable()) maker_.join();
}

Recoded::Slot* Recoded::find(std::uint32_t segment) {
  const auto at = std::ranges::find_if(slots_, [&](const Slot& s) { return s.segment == segment; });
  return at == slots_.end() ? nullptr : &*at;
}

bool Recoded::ready(std::uint32_t segment) {
  const Slot* slot = find(segment);
  return slot != nullptr && !slot->busy;
}

// What nobody sends or waits for, and was used longest ago.
Recoded::Slot* Recoded::spare() {
  Slot* best = nullptr;
  for (Slot& s : slots_) {
    if (s.pins > 0 || s.busy || wanted_.contains(s.segment)) continue;
    if (best == nullptr || s.used < best->used) best = &s;
  }
  return best;
}

Recoded::Job Recoded::job_for(std::uint32_t segment) {
  if (Slot* there = find(segment)) return there->busy ? Job{} : Job{segment, there};
  Slot* free = spare();
  return free == nullptr ? Job{} : Job{segment, free};
}

// Whoever waits first, the front of the file before the rest; then tags while the chain works; then
// what will be asked for next.
Recoded::Job Recoded::next_job() {
  for (const auto& [segment, count] : wanted_) {
    if (tagged_[segment] && ready(segment)) continue;
    if (const Job job = job_for(segment); job.slot != nullptr) return job;
  }
  if (!wanted_.empty() && std::ranges::any_of(wanted_, [this](const auto& w) {
        return !tagged_[w.first] || !ready(w.first);
      })) {
    return {};  // no memory until somebody has sent what he holds
  }
  if (asked_ == kNone) {
    while (tag_next_ > 0 && tagged_[tag_next_ - 1]) --tag_next_;
    return tag_next_ == 0 ? Job{} : job_for(tag_next_ - 1);
  }
  const std::uint32_t ahead = asked_ + 1;
  if (ahead >= tagged_.size() || (find(ahead) != nullptr && tagged_[ahead])) return {};
  return job_for(ahead);
}

void Recoded::serve() {
  std::unique_lock lock(mutex_);
  while (!stop_ && !error_) {
    const Job job = next_job();
    if (job.slot == nullptr) {
      wake_.wait(lock);
      continue;
    }
    Slot& slot = *job.slot;
    const bool fresh = slot.segment != job.segment;
    const bool tags = !tagged_[job.segment];
    slot.busy = true;
    slot.segment = job.segment;
    slot.used = ++tick_;
    lock.unlock();
    Status done;
    if (fresh) done = recoder_->again(*slot.bytes, job.segment, recipe_.digests[job.segment]);
    if (done && tags) done = make_tags_of(slot, job.segment);
    lock.lock();
    slot.busy = false;
    if (done) {
      tagged_[job.segment] = true;
    } else {
      slot.segment = kNone;
      error_ = done.error();
    }
    changed_.notify_all();
  }
}

Status Recoded::make_tags_of(const Slot& slot, std::uint32_t segment) {
  std::vector<TagFile> made(staged().manifest().profile().columns());
  recoder_->pool().run(made.size(), [&](std::size_t column, std::size_t /*worker*/) {
    const FragmentPos pos = staged().pos(segment, static_cast<std::uint16_t>(column));
    const Hash256& root = staged().manifest().segments[segment].roots[column];
    made[column] = make_tags(tagging_, staged().manifest().file, pos, root, recipe_.nonce(pos),
                             slot.bytes->fragment(static_cast<std::uint16_t>(column)));
  });
  for (std::uint16_t column = 0; column < made.size(); ++column) {
    if (made[column].descriptor.root == staged().manifest().segments[segment].roots[column])
      continue;
    return fail(Code::input, "fragment " + fragment_name(staged().pos(segment, column)) +
                                 ": bytes and root differ");
  }
  return keep_segment_tags(staged(), segment, made);
}

void Recoded::ask(std::uint32_t segment, int change) {
  unsigned& count = wanted_[segment];
  count += static_cast<unsigned>(change);
  if (count == 0) wanted_.erase(segment);
}

Status Recoded::tagged(std::uint32_t segment) {
  std::unique_lock lock(mutex_);
  if (!tagged_[segment]) {
    ask(segment, 1);
    wake_.notify_one();
    changed_.wait(lock, [&] { return error_ || stop_ || tagged_[segment]; });
    ask(segment, -1);
    wake_.notify_one();
  }
  if (tagged_[segment]) return {};
  if (error_) return tl::unexpected<Error>(*error_);
  return fail(Code::busy, "stopped before all fragments have tags");
}

Result<FragmentLease> Recoded::fragment(std::uint32_t segment, std::uint16_t column) {
  std::unique_lock lock(mutex_);
  asked_ = segment;
  ask(segment, 1);
  wake_.notify_one();
  changed_.wait(lock, [&] { return error_ || stop_ || ready(segment); });
  ask(segment, -1);
  if (error_) return tl::unexpected<Error>(*error_);
  if (stop_) return fail(Code::busy, "stopped before all fragments are sent");
  Slot& slot = *find(segment);
  ++slot.pins;
  slot.used = ++tick_;
  const auto pinned = static_cast<std::size_t>(
      std::ranges::count_if(slots_, [](const Slot& s) { return s.pins > 0; }));
  // Miners that have fallen behind must not keep all segments: their fragment is copied.
  const bool lend = pinned < slots_.size() || slots_.size() == tagged_.size();
  lock.unlock();
  const std::shared_ptr<const void> pin(nullptr, [this, &slot](const void*) {
    {
      const std::lock_guard relock(mutex_);
      --slot.pins;
    }
    wake_.notify_one();
  });
  const ByteView bytes = slot.bytes->fragment(column);
  if (lend) return FragmentLease{bytes, pin};
  const auto copy = std::make_shared<const Bytes>(bytes.begin(), bytes.end());
  return FragmentLease{*copy, copy};
}

}  // namespace cess::transfer
