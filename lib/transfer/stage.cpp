// SPDX-License-Identifier: Apache-2.0
#include "transfer/stage.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace cess::transfer {
namespace {

class TaggingSink final : public BundleSink {
 public:
  TaggingSink(BundleSink& out, const Tagging& tagging, Random& random)
      : out_(out), tagging_(tagging), random_(random), room_(std::max(1U, tagging.threads) + 2) {}
  TaggingSink(const TaggingSink&) = delete;
  TaggingSink& operator=(const TaggingSink&) = delete;
  ~TaggingSink() override { join(); }

  Status add(const BundleEntry& entry, ByteView data) override {
    if (entry.kind != EntryKind::fragment) {
      const std::lock_guard lock(out_mutex_);
      return out_.add(entry, data);
    }
    CESS_TRY(start());
    Work work{entry, {}};
    work.entry.data.assign(data.begin(), data.end());
    random_.fill(work.nonce);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return error_ || queue_.size() < room_; });
    if (error_) return tl::unexpected<Error>(*error_);
    queue_.push_back(std::move(work));
    changed_.notify_all();
    return {};
  }

  Status finish() override {
    join();
    if (error_) return tl::unexpected<Error>(*error_);
    return out_.finish();
  }

 private:
  struct Work {
    BundleEntry entry;
    std::array<std::uint8_t, 16> nonce{};
  };

  // The threads, and the tagger's public file, before the first fragment.
  Status start() {
    if (!threads_.empty()) return {};
    if (tagging_.tagger != nullptr) {
      BundleEntry key;
      key.kind = EntryKind::tagger;
      key.tagger = tagging_.tagger->id();
      const std::lock_guard lock(out_mutex_);
      CESS_TRY(out_.add(key, tagging_.public_file));
    }
    try {
      for (unsigned i = 0; i < std::max(1U, tagging_.threads); ++i) {
        threads_.emplace_back([this] { serve(); });
      }
    } catch (const std::system_error& e) {
      if (threads_.empty()) {
        return fail(Code::system, std::string("cannot start a thread: ") + e.what());
      }
    }
    return {};
  }

  void join() {
    {
      const std::lock_guard lock(mutex_);
      end_ = true;
    }
    changed_.notify_all();
    for (auto& t : threads_) {
      if (t.joinable()) t.join();
    }
  }

  void serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return error_ || end_ || !queue_.empty(); });
      if (error_ || queue_.empty()) return;
      Work work = std::move(queue_.front());
      queue_.pop_front();
      changed_.notify_all();
      lock.unlock();
      const Status done = tag_one(work);
      lock.lock();
      if (!done && !error_) error_ = done.error();
      if (error_) changed_.notify_all();
    }
  }

  Status tag_one(const Work& work) {
    const BundleEntry& e = work.entry;
    const TagFile made = make_tags(tagging_, e.file, e.pos, e.root, work.nonce, e.data);
    if (made.descriptor.root != work.entry.root) {
      return fail(Code::input,
                  "fragment " + fragment_name(work.entry.pos) + ": bytes and root differ");
    }
    BundleEntry tags;
    tags.kind = EntryKind::tags;
    tags.pos = work.entry.pos;
    const std::lock_guard lock(out_mutex_);
    CESS_TRY(out_.add(work.entry, work.entry.data));
    return out_.add(tags, encode_tag_file(made));
  }

  BundleSink& out_;
  Tagging tagging_;
  Random& random_;
  std::size_t room_;
  std::mutex out_mutex_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;
  bool end_ = false;
  std::optional<Error> error_;  // the first failure; everybody stops
  std::vector<std::thread> threads_;
};

}  // namespace

TagFile make_tags(const Tagging& tagging, const FileId& file, const FragmentPos& pos,
                  const Hash256& root, const std::array<std::uint8_t, 16>& nonce, ByteView data) {
  if (tagging.tagger != nullptr) {
    return tagging.tagger->tag_fragment({file, pos.segment, pos.index, pos.replica}, nonce, data);
  }
  TagFile t;
  t.descriptor.suite = AuditSuite::merkle;
  t.descriptor.file = file;
  t.descriptor.segment = pos.segment;
  t.descriptor.fragment = pos.index;
  t.descriptor.replica = pos.replica;
  t.descriptor.length = data.size();
  t.descriptor.root = root;
  return t;
}

std::unique_ptr<BundleSink> tagging_sink(BundleSink& out, const Tagging& tagging, Random& random) {
  return std::make_unique<TaggingSink>(out, tagging, random);
}

Result<Staged> stage(int fd, const std::string& fd_name, const NewHeader& header,
                     const std::string& folder, const Tagging& tagging,
                     const EncodeOptions& options, Random& random) {
  CESS_TRY_ASSIGN(const auto out, folder_writer(folder, true));
  const auto sink = tagging_sink(*out, tagging, random);
  CESS_TRY(encode_stream(fd, fd_name, header.header, header.keys, *sink, options));
  return Staged::open(folder);
}

}  // namespace cess::transfer
