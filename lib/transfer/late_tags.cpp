// SPDX-License-Identifier: Apache-2.0
#include "transfer/late_tags.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/hex.hpp"
#include "sys/file.hpp"

namespace cess::transfer {
namespace {

// Whole or not at all, for a kill of the process; `temporary` is on the same disk.
Status put_file(const std::string& path, const std::string& temporary, ByteView data) {
  {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd.valid()) return system_error("cannot create", temporary, errno);
    CESS_TRY(write_full(fd.get(), data, temporary));
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0)
    return system_error("cannot rename", temporary, errno);
  return {};
}

std::string tag_path(const Staged& staged, const std::string& name) {
  return staged.folder() + "/tags/" + name + ".tag";
}

}  // namespace

Status make_tag_folders(const Staged& staged, const Tagging& tagging) {
  CESS_TRY(make_dir(staged.folder() + "/tags", 0755, true));
  if (tagging.tagger == nullptr) return {};
  CESS_TRY(make_dir(staged.folder() + "/taggers", 0755, true));
  return put_file(staged.folder() + "/taggers/" + to_hex(tagging.tagger->id()) + ".pub",
                  staged.folder() + ".pub.tmp", tagging.public_file);
}

bool has_tags(const Staged& staged, const FragmentPos& pos) {
  return path_exists(tag_path(staged, fragment_name(pos)));
}

Status keep_tags(const Staged& staged, const FragmentPos& pos, const TagFile& tags) {
  const std::string name = fragment_name(pos);
  return put_file(tag_path(staged, name), staged.folder() + "." + name + ".tmp",
                  encode_tag_file(tags));
}

Status keep_segment_tags(const Staged& staged, std::uint32_t segment,
                         std::span<const TagFile> tags) {
  Bytes all;
  for (const TagFile& t : tags) append(all, encode_tag_file(t));
  return put_file(staged.tag_path(segment, 0),
                  staged.folder() + "." + std::to_string(segment) + ".tmp", all);
}

Result<std::unique_ptr<LateTags>> LateTags::start(const Staged& staged, const Tagging& tagging,
                                                  Random& random) {
  std::unique_ptr<LateTags> late(new LateTags(staged, tagging, random));
  CESS_TRY(make_tag_folders(staged, tagging));
  try {
    for (unsigned i = 0; i < std::max(1U, tagging.threads); ++i) {
      late->threads_.emplace_back([raw = late.get()] { raw->serve(); });
    }
  } catch (const std::system_error& e) {
    if (late->threads_.empty())
      return fail(Code::system, std::string("cannot start a thread: ") + e.what());
  }
  return late;
}

LateTags::~LateTags() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

Status LateTags::wait(std::uint32_t segment) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return error_ || stop_ || left_[segment] == 0; });
  if (left_[segment] == 0) return {};
  if (error_) return tl::unexpected<Error>(*error_);
  return fail(Code::busy, "stopped before all fragments have tags");
}

void LateTags::serve() {
  const std::uint64_t columns = staged_.manifest().profile().columns();
  std::unique_lock lock(mutex_);
  while (!stop_ && !error_ && next_ < columns * left_.size()) {
    const auto segment = static_cast<std::uint32_t>(next_ / columns);
    const auto column = static_cast<std::uint16_t>(next_ % columns);
    ++next_;
    lock.unlock();
    const Status done = tag(segment, column);
    lock.lock();
    if (!done) {
      if (!error_) error_ = done.error();
    } else if (--left_[segment] > 0) {
      continue;
    }
    changed_.notify_all();
  }
}

Status LateTags::tag(std::uint32_t segment, std::uint16_t column) {
  const FragmentPos pos = staged_.pos(segment, column);
  if (has_tags(staged_, pos)) return {};
  CESS_TRY_ASSIGN(const Bytes data, staged_.fragment(segment, column));
  std::array<std::uint8_t, 16> nonce{};
  {
    const std::lock_guard lock(mutex_);
    random_.fill(nonce);
  }
  const Hash256& root = staged_.manifest().segments[segment].roots[column];
  const TagFile made = make_tags(tagging_, staged_.manifest().file, pos, root, nonce, data);
  if (made.descriptor.root != root)
    return fail(Code::input, "fragment " + fragment_name(pos) + ": bytes and root differ");
  return keep_tags(staged_, pos, made);
}

}  // namespace cess::transfer
