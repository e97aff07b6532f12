// SPDX-License-Identifier: Apache-2.0
#include "store/scrub.hpp"

#include <chrono>
#include <optional>
#include <thread>

#include "base/hex.hpp"
#include "json/json.hpp"
#include "merkle/tree.hpp"
#include "podr2/keys.hpp"
#include "store/index_ops.hpp"
#include "store/layout.hpp"

namespace cess {

using namespace detail;

namespace {

constexpr std::string_view kPhases = "ftmk";
constexpr std::size_t kBatchMax = 64;
constexpr std::size_t kCursorSizeMax = 1024;
constexpr std::uint64_t kCursorEveryBytes = 64U << 20U;

/// Sleeps so that no more than `rate` bytes a second are read on average.
class Throttle {
 public:
  Throttle(std::uint64_t rate, Clock& clock)
      : rate_(rate), clock_(clock), start_(clock.monotonic_ns()) {}
  void spend(std::uint64_t bytes) {
    if (rate_ == 0) return;
    spent_ += bytes;
    const auto due_ns = static_cast<double>(spent_) / static_cast<double>(rate_) * 1e9;
    const auto past_ns = static_cast<double>(clock_.monotonic_ns() - start_);
    if (due_ns > past_ns) {
      std::this_thread::sleep_for(
          std::chrono::nanoseconds(static_cast<std::int64_t>(due_ns - past_ns)));
    }
  }

 private:
  std::uint64_t rate_;
  Clock& clock_;
  std::uint64_t start_;
  std::uint64_t spent_ = 0;
};

struct Kind {
  char phase;
  BlobKind blob;
  const char* name;
};
constexpr Kind kKinds[] = {{'f', BlobKind::fragment, "fragment"},
                           {'t', BlobKind::sidecar, "tags"},
                           {'m', BlobKind::manifest, "manifest"},
                           {'k', BlobKind::tagger, "tagger"}};

}  // namespace

std::string encode_cursor(const ScrubCursor& cursor) {
  Json doc;
  doc["schema"] = "cess.scrub_cursor/1";
  doc["phase"] = std::string(1, cursor.phase);
  doc["after"] = to_hex(cursor.after);
  return write_json(doc) + "\n";
}

Result<ScrubCursor> parse_cursor(std::string_view text, const std::string& name) {
  CESS_TRY_ASSIGN(const Json doc, parse_json(text, name, {.size_max = kCursorSizeMax}));
  const JsonView view(doc, name);
  CESS_TRY(view.schema("cess.scrub_cursor/1"));
  ScrubCursor cursor;
  CESS_TRY_ASSIGN(const std::string phase, view.text("phase"));
  if (phase.size() != 1 || kPhases.find(phase[0]) == std::string_view::npos) {
    return fail(Code::input, name + ": unknown phase", name);
  }
  cursor.phase = phase[0];
  CESS_TRY_ASSIGN(cursor.after, view.id<Hash256>("after"));
  return cursor;
}

/// One run. A friend of the reader: it works below its checks.
class Scrubber {
 public:
  Scrubber(StoreReader& store, const ScrubOptions& options)
      : store_(store), options_(options), throttle_(options.rate_bytes_s, *options.clock) {}

  Result<ScrubResult> run() {
    CESS_TRY(take_lock());
    if (options_.resume) load_cursor();
    if (cursor_.phase == 'f' && cursor_.after.is_zero()) CESS_TRY(check_index());
    for (const Kind& kind : kKinds) {
      if (kPhases.find(kind.phase) < kPhases.find(cursor_.phase)) continue;
      if (kind.phase != cursor_.phase) cursor_ = {kind.phase, {}};
      CESS_TRY(run_phase(kind));
    }
    cursor_ = {};
    save_cursor();
    return result_;
  }

 private:
  Status take_lock() {
    auto lock = lock_file(layout::in(store_.path_, "scrub.lock"), true);
    if (lock) {
      lock_ = std::move(*lock);
      return {};
    }
    if (lock.error().code == Code::busy) return tl::unexpected(lock.error());
    read_only_ = true;
    return {};
  }

  void load_cursor() {
    const std::string name = layout::in(store_.path_, "scrub.cursor");
    const auto text = read_file(name, kCursorSizeMax);
    if (!text) return;
    const auto cursor = parse_cursor(as_text(*text), name);
    if (cursor) cursor_ = *cursor;
  }

  void save_cursor() {
    if (read_only_) return;
    // A lost cursor costs time, nothing else.
    static_cast<void>(write_file(layout::in(store_.path_, "scrub.cursor"),
                                 as_bytes(encode_cursor(cursor_)),
                                 {.mode = 0644, .replace = true}));
  }

  Status run_phase(const Kind& kind) {
    for (;;) {
      const std::string prefix(1, kind.phase);
      const std::string start = prefix + std::string(as_text(cursor_.after.view()));
      std::vector<std::string> keys;
      CESS_TRY(store_.kv_->scan(prefix, start, [&](std::string_view key, std::string_view) {
        if (key != start) keys.emplace_back(key);
        return keys.size() < kBatchMax;
      }));
      if (keys.empty()) return {};
      for (const std::string& key : keys) {
        CESS_TRY_ASSIGN(const Hash256 id, records::parse_id_value<Hash256>(key.substr(1), "key"));
        CESS_TRY(check_one(kind, id));
        cursor_.after = id;
        if (since_cursor_ < kCursorEveryBytes) continue;
        since_cursor_ = 0;
        save_cursor();
      }
    }
  }

  Status check_one(const Kind& kind, const Hash256& id) {
    const std::uint64_t before = result_.checked_bytes;
    std::optional<std::string> reason = defect(kind, id);
    ++result_.checked_count;
    throttle_.spend(result_.checked_bytes - before);
    since_cursor_ += result_.checked_bytes - before;
    if (options_.progress) options_.progress(result_.checked_bytes - before);
    if (!reason) {
      if (kind.phase == 'f' && !read_only_ && store_.backend_->is_marked({kind.blob, id})) {
        CESS_TRY(store_.backend_->unmark({kind.blob, id}));
      }
      return {};
    }
    // Perhaps it was deleted or repaired while we looked: look again at the newest state.
    CESS_TRY(store_.refresh());
    CESS_TRY_ASSIGN(const auto record, store_.kv_->get(blob_key({kind.blob, id})));
    if (!record) return {};
    reason = defect(kind, id);
    if (!reason) return {};
    return report(kind.name, {kind.blob, id}, *reason);
  }

  Status report(const char* kind, const BlobName& name, const std::string& reason) {
    ScrubFinding f;
    f.kind = kind;
    f.id = to_hex(name.id);
    f.path = store_.backend_->describe(name);
    f.reason = reason;
    f.marked =
        name.kind == BlobKind::fragment && !read_only_ && store_.backend_->mark(name).has_value();
    ++result_.damaged_count;
    return options_.found(f);
  }

  /// What is wrong with a blob; nothing when it is good. A disk that cannot read it is wrong
  /// enough.
  std::optional<std::string> defect(const Kind& kind, const Hash256& id) {
    const Status done = check_blob(kind, id);
    if (done) return std::nullopt;
    return done.error().message;
  }

  Status check_blob(const Kind& kind, const Hash256& id) {
    const auto differs = [](std::string why) { return fail(Code::no, std::move(why)); };
    if (kind.phase == 'f') {
      CESS_TRY_ASSIGN(const StoredFragment f, store_.fragment(FragId::from(id.view())));
      result_.checked_bytes += f.descriptor.length;
      CESS_TRY_ASSIGN(const Bytes data, store_.read_verified(f));
      return {};
    }
    CESS_TRY_ASSIGN(const Bytes data, store_.whole_blob({kind.blob, id}, kWholeBlobMax));
    result_.checked_bytes += data.size();
    if (kind.phase == 't' && sidecar_id(data) != id) return differs("its id differs");
    if (kind.phase == 'm') {
      CESS_TRY(store_.manifest(Fid::from(id.view())));
      if (!options_.check_manifest(Fid::from(id.view()), data)) return differs("its fid differs");
    }
    if (kind.phase == 'k') {
      const auto head = parse_tagger_head(data);
      if (!head || Hash256::from(head->id.view()) != id) return differs("its id differs");
    }
    return {};
  }

  /// The list of positions against the records and against the root.
  Status check_index() {
    std::vector<std::pair<SumNode, unsigned>> open;  // complete subtrees, largest first
    std::string why;
    const Status walked = store_.each_entry([&](std::uint64_t position,
                                                const IndexEntry& e) -> Status {
      const auto f = store_.fragment(e.frag);
      if (!f || f->position != position || entry_of(*f) != e) {
        return fail(Code::no, "position " + std::to_string(position) + " and its record disagree");
      }
      open.emplace_back(sum_leaf(e), 0);
      while (open.size() > 1 && open[open.size() - 2].second == open.back().second) {
        const SumNode parent = sum_parent(open[open.size() - 2].first, open.back().first);
        open.pop_back();
        open.back() = {parent, open.back().second + 1};
      }
      return {};
    });
    if (!walked) why = walked.error().message;
    SumNode root;
    for (std::size_t i = open.size(); i-- > 0;) {
      root = i + 1 == open.size() ? open[i].first : sum_parent(open[i].first, root);
    }
    const auto stored = store_.service_root();
    if (why.empty() && !stored) why = stored.error().message;
    if (why.empty() && *stored != root) why = "its root differs from its entries";
    if (why.empty()) return {};
    ScrubFinding f;
    f.kind = "index";
    f.path = layout::in(store_.path_, "index");
    f.reason = why;
    ++result_.damaged_count;
    return options_.found(f);
  }

  static constexpr std::uint64_t kWholeBlobMax = 256U << 20U;

  StoreReader& store_;
  const ScrubOptions& options_;
  Throttle throttle_;
  Fd lock_;
  bool read_only_ = false;
  ScrubCursor cursor_;
  ScrubResult result_;
  std::uint64_t since_cursor_ = 0;
};

Result<ScrubResult> scrub(StoreReader& store, const ScrubOptions& options) {
  return Scrubber(store, options).run();
}

}  // namespace cess
