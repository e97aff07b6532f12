// SPDX-License-Identifier: Apache-2.0
#include "pipeline.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <thread>

#include "codec/manifest.hpp"
#include "codec/tee_mask.hpp"
#include "merkle/tree.hpp"
#include "podr2/descriptor.hpp"

namespace cess {
namespace {

tl::unexpected<Error> false_root(const FragmentPos& pos) {
  return fail(Code::input,
              "fragment " + fragment_name(pos) + ": its bytes do not have the root it claims");
}

}  // namespace

void TagPipeline::stop_with(const Status& status) {
  const std::lock_guard lock(mutex_);
  if (!status && !error_) error_ = status.error();
  changed_.notify_all();
}

Status TagPipeline::admit(const BundleEntry& entry) const {
  if (entry.kind == EntryKind::tags || entry.kind == EntryKind::tagger) {
    if (options_.retag) return {};
    return fail(Code::input, "the bundle has tags already", {},
                "--retag replaces them, 'cess-tag check' checks them");
  }
  if (entry.kind == EntryKind::fragment && entry.data.empty()) {
    return fail(Code::input, "fragment " + fragment_name(entry.pos) + ": empty");
  }
  return {};
}

Status TagPipeline::read_all(BundleSource& in) {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return error_ || read_ - written_ < slots_.size(); });
    if (error_) return {};
    Slot& s = slot(read_);
    lock.unlock();
    CESS_TRY_ASSIGN(const bool more, in.next(s.entry));
    if (more) CESS_TRY(admit(s.entry));
    const bool drop =
        more && (s.entry.kind == EntryKind::tags || s.entry.kind == EntryKind::tagger ||
                 // An early manifest names roots that masking changes.
                 (masking() && s.entry.kind == EntryKind::manifest && !any_read_));
    if (drop) continue;
    const bool fragment = more && s.entry.kind == EntryKind::fragment;
    any_read_ = any_read_ || fragment;
    if (fragment) random_.fill(s.nonce);
    lock.lock();
    if (!more) {
      end_ = true;
    } else {
      s.state = fragment ? State::waiting : State::ready;
      ++read_;
    }
    changed_.notify_all();
    if (!more) return {};
  }
}

Status TagPipeline::tag_one(Slot& s) const {
  const auto& pos = s.entry.pos;
  if (masking()) {
    if (fragment_root(s.entry.data) != s.entry.root) return false_root(pos);
    apply_mask(s.entry.data, mask_, pos);
    s.entry.root = fragment_root(s.entry.data);
  }
  const TagFile made = tagger_.tag_fragment({s.entry.file, pos.segment, pos.index, pos.replica},
                                            s.nonce, s.entry.data);
  if (made.descriptor.root != s.entry.root) {
    return false_root(pos);
  }
  s.tags = encode_tag_file(made);
  return {};
}

void TagPipeline::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return error_ || taken_ < read_ || end_; });
    if (error_) return;
    if (taken_ == read_) return;  // and end_
    Slot& s = slot(taken_++);
    if (s.state != State::waiting) {
      changed_.notify_all();  // the writer waits for a look at every entry
      continue;
    }
    s.state = State::busy;
    lock.unlock();
    const Status status = tag_one(s);
    lock.lock();
    if (!status && !error_) error_ = status.error();
    s.state = State::ready;
    changed_.notify_all();
  }
}

Status TagPipeline::write_manifest_of(BundleSink& out, const BundleEntry& entry) {
  CESS_TRY_ASSIGN(const Manifest plain, parse_manifest(entry.data));
  CESS_TRY_ASSIGN(MaskCustody custody, make_custody(plain.file, mask_, options_.agents, random_));
  CESS_TRY_ASSIGN(const Manifest masked,
                  masked_manifest(plain, std::move(custody), [this](const FragmentPos& pos) {
                    const auto it = masked_.find(pos);
                    return it == masked_.end() ? nullptr : &it->second;
                  }));
  CESS_TRY_ASSIGN(const std::string text, write_manifest(masked));
  return out.add(entry, as_bytes(text));
}

Status TagPipeline::write_one(BundleSink& out, Slot& s) {
  if (s.entry.kind == EntryKind::fragment && tagged_++ == 0) {
    BundleEntry key;
    key.kind = EntryKind::tagger;
    key.tagger = tagger_.id();
    CESS_TRY(out.add(key, pub_));
  }
  if (masking() && s.entry.kind == EntryKind::manifest) return write_manifest_of(out, s.entry);
  if (masking() && s.entry.kind == EntryKind::fragment) masked_[s.entry.pos] = s.entry.root;
  CESS_TRY(out.add(s.entry, s.entry.data));
  if (s.entry.kind != EntryKind::fragment) return {};
  BundleEntry tags;
  tags.kind = EntryKind::tags;
  tags.pos = s.entry.pos;
  return out.add(tags, s.tags);
}

void TagPipeline::write_all(BundleSink& out) {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] {
      return error_ || (written_ < taken_ && slot(written_).state == State::ready) ||
             (end_ && written_ == read_);
    });
    if (error_ || written_ == read_) return;
    Slot& s = slot(written_);
    lock.unlock();
    const Status status = write_one(out, s);
    lock.lock();
    if (!status && !error_) error_ = status.error();
    s.state = State::unread;
    ++written_;
    changed_.notify_all();
  }
}

Result<std::uint64_t> TagPipeline::run(BundleSource& in, BundleSink& out) {
  if (masking()) mask_ = random_.key();
  const unsigned workers = std::max(1U, options_.threads);
  slots_.resize(std::size_t{workers} + 2);
  std::vector<std::thread> threads;
  threads.reserve(std::size_t{workers} + 1);
  try {
    threads.emplace_back([this, &out] { write_all(out); });
    for (unsigned i = 0; i < workers; ++i) threads.emplace_back([this] { work(); });
  } catch (const std::system_error& e) {  // fewer will do: a writer and one worker
    if (threads.size() < 2) {
      stop_with(fail(Code::system, std::string("cannot start a thread: ") + e.what()));
    }
  }
  stop_with(read_all(in));
  for (auto& t : threads) t.join();
  if (error_) return tl::unexpected<Error>(*error_);
  CESS_TRY(out.finish());
  return tagged_;
}

}  // namespace cess
