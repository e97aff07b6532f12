// SPDX-License-Identifier: Apache-2.0
#include "codec/stream_feed.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace cess {
namespace {

using State = Candidate::State;

/// A file without a name in `dir`.
Result<Fd> nameless_file(const std::string& dir) {
  Fd fd(::open(dir.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));  // NOLINT
  if (fd.valid()) return fd;
  std::string path = dir + "/cess-spool-XXXXXX";
  fd = Fd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd.valid()) return system_error("cannot create a temporary file in", dir, errno);
  ::unlink(path.c_str());
  return fd;
}

void set_layout(Group& group, const Layout& layout, std::uint32_t segment) {
  group.segment = segment;
  group.ciphertext_length = layout.ciphertext_length(segment);
  group.fragment_length = layout.segment_fragment_length(segment);
  group.final = segment + 1 == layout.segment_count();
}

bool by_position(const Candidate& a, const Candidate& b) {
  return std::pair(a.pos.index, a.pos.replica) < std::pair(b.pos.index, b.pos.replica);
}

class SetFeed final : public Feed {
 public:
  explicit SetFeed(const FragmentSet& set) : set_(set) {}

  Result<bool> next(Group& group) override {
    const Manifest& m = set_.manifest();
    if (segment_ >= m.segments.size()) return false;
    set_layout(group, m.layout(), segment_);
    const auto& refs = set_.at(segment_);
    const unsigned n = m.profile().n();
    std::vector<Bytes> spare;
    for (Candidate& c : group.candidates) spare.push_back(std::move(c.data));
    group.candidates.clear();
    for (std::size_t i = 0; i < refs.size(); ++i) {
      Candidate c;
      c.pos = refs[i].pos;
      c.root = m.segments[segment_].roots[std::size_t{c.pos.replica} * n + c.pos.index];
      c.ref = i;
      if (i < spare.size()) c.data = std::move(spare[i]);
      group.candidates.push_back(std::move(c));
    }
    const std::uint32_t segment = segment_++;
    group.fetch = [this, segment](Candidate& c) -> Status {
      const FragmentRef& ref = set_.at(segment)[c.ref];
      if (ref.size > set_.profile().fragment_size) {
        return fail(Code::input, fmt::format("'{}' is too long for a fragment", ref.path),
                    ref.path);
      }
      c.data.resize(static_cast<std::size_t>(ref.size));
      return set_.read(ref, 0, c.data);
    };
    prefetch(group);
    return true;
  }
  [[nodiscard]] const Manifest& manifest() const override { return set_.manifest(); }

 private:
  // What the decoder will ask for first, read here so that reading and decoding overlap. A failure
  // is left to the decoder, which will meet it again and tell.
  void prefetch(Group& group) {
    unsigned count = 0;
    int last = -1;
    for (Candidate& c : group.candidates) {
      if (count == set_.profile().k) break;
      if (c.pos.index == last || !group.fetch(c)) continue;
      c.state = State::read;
      last = c.pos.index;
      ++count;
    }
  }

  const FragmentSet& set_;
  std::uint32_t segment_ = 0;
};

}  // namespace

std::unique_ptr<Feed> set_feed(const FragmentSet& set) { return std::make_unique<SetFeed>(set); }

StreamFeed::StreamFeed(int fd, std::string name, std::optional<Manifest> known,
                       std::string spool_dir, Say warn)
    : name_(name),
      spool_dir_(std::move(spool_dir)),
      warn_(std::move(warn)),
      source_(bundle_reader(fd, std::move(name), &cancel_)),
      manifest_(std::move(known)) {}

Status StreamFeed::open() {
  CESS_TRY_ASSIGN(const bool more, source_->next(entry_));
  if (!more) return fail(Code::input, fmt::format("refused bundle '{}': it is empty", name_));
  CESS_TRY_ASSIGN(header_, parse_header(entry_.data));
  file_ = file_id(header_);
  if (manifest_) return set_manifest(std::move(*manifest_));
  return {};
}

Status StreamFeed::set_manifest(Manifest m) {
  if (m.file != file_) {
    return fail(Code::input, fmt::format("'{}' and its manifest are of different files", name_),
                name_);
  }
  if (m.header != header_) {
    return fail(Code::input,
                fmt::format("'{}': the header differs from its copy in the manifest", name_),
                name_);
  }
  if (manifest_ && manifest_->fid != m.fid) {
    return fail(Code::input,
                fmt::format("'{}' holds another version of the file than the manifest "
                            "given",
                            name_),
                name_);
  }
  manifest_ = std::move(m);
  return {};
}

Bytes StreamFeed::spare_buffer() {
  if (spare_.empty()) return {};
  Bytes b = std::move(spare_.back());
  spare_.pop_back();
  return b;
}

// The roots that entries claim are believed while streaming, if nothing better is known; the
// manifest at the end must bear them out.
void StreamFeed::note_claim(const BundleEntry& entry) {
  if (!manifest_) claims_.push_back({entry.pos, entry.root});
}

// Of a public file everybody has the key, so the AEAD has not judged what came out: the roots must
// have been right.
Status StreamFeed::compare_claims() {
  const Profile& p = header_.profile;
  const bool in_clear = std::any_of(header_.stanzas.begin(), header_.stanzas.end(),
                                    [](const Stanza& s) { return s.type == StanzaType::in_clear; });
  for (const Claim& c : claims_) {
    const std::size_t column = std::size_t{c.pos.replica} * p.n() + c.pos.index;
    if (c.pos.segment < manifest_->segments.size() &&
        c.root == manifest_->segments[c.pos.segment].roots[column]) {
      continue;
    }
    const std::string text =
        fmt::format("fragment {} has another root than the manifest says", fragment_name(c.pos));
    if (in_clear) return fail(Code::input, fmt::format("refused '{}': {}", name_, text), name_);
    warn_(text);
  }
  claims_ = {};
  return {};
}

Status StreamFeed::take(Group& group, BundleEntry& entry) {
  Candidate c;
  c.pos = entry.pos;
  c.root = entry.root;
  if (manifest_) {
    if (entry.pos.segment >= manifest_->segments.size()) {
      return fail(
          Code::input,
          fmt::format("refused '{}': the file has no fragment {}", name_, fragment_name(entry.pos)),
          name_);
    }
    c.root = manifest_->segments[entry.pos.segment]
                 .roots[std::size_t{entry.pos.replica} * header_.profile.n() + entry.pos.index];
  }
  c.state = State::read;
  c.data = std::move(entry.data);
  entry.data = spare_buffer();
  group.candidates.push_back(std::move(c));
  return {};
}

// Whether the segment can be closed although more of the stream is to come: it is complete, or k of
// its fragments are known to be good.
bool StreamFeed::enough(Group& group) {
  const Profile& p = header_.profile;
  close_segment(group);
  if (group.candidates.size() == p.columns()) return true;
  std::vector<bool> seen(kFragmentsMax);
  unsigned count = 0;
  for (const Candidate& c : group.candidates) {
    if (!seen[c.pos.index]) ++count;
    seen[c.pos.index] = true;
  }
  return count >= p.k && find_good(group, p, nullptr, warn_).has_value();
}

// As far as is known inside the stream: a segment with a successor is a full one.
void StreamFeed::close_segment(Group& group) {
  group.segment = segment_;
  group.ciphertext_length = header_.profile.segment_size();
  group.fragment_length = header_.profile.fragment_size;
  group.final = false;
  std::stable_sort(group.candidates.begin(), group.candidates.end(), by_position);
}

Status StreamFeed::spill(const FragmentPos& pos, const Hash256& root, ByteView data) {
  if (!spool_.valid()) {
    CESS_TRY_ASSIGN(spool_, nameless_file(spool_dir_));
  }
  spooled_.push_back({pos, root, spool_size_, data.size()});
  spool_size_ += data.size();
  return write_full(spool_.get(), data, "temporary file in " + spool_dir_);
}

Status StreamFeed::spill_group(Group& group) {
  for (Candidate& c : group.candidates) {
    if (c.state == State::read || c.state == State::good) CESS_TRY(spill(c.pos, c.root, c.data));
    spare_.push_back(std::move(c.data));
  }
  group.candidates.clear();
  return {};
}

Result<bool> StreamFeed::next(Group& group) {
  for (Candidate& c : group.candidates) spare_.push_back(std::move(c.data));
  group.candidates.clear();
  group.fetch = [](Candidate& c) {
    return fail(Code::input, fmt::format("fragment {} cannot be read again", fragment_name(c.pos)));
  };
  if (ended_) return next_after_end(group);
  return fill(group);
}

Result<bool> StreamFeed::fill(Group& group) {
  if (pending_) CESS_TRY(take(group, entry_));
  pending_ = false;
  for (;;) {
    CESS_TRY_ASSIGN(const bool more, source_->next(entry_));
    if (!more) break;
    if (entry_.kind == EntryKind::manifest) {
      CESS_TRY_ASSIGN(auto m, parse_manifest(entry_.data, name_ + ": manifest.json"));
      CESS_TRY(set_manifest(std::move(m)));
    }
    if (entry_.kind != EntryKind::fragment || entry_.pos.segment < segment_) continue;
    note_claim(entry_);
    if (spool_.valid()) {
      CESS_TRY(spill(entry_.pos, entry_.root, entry_.data));
    } else if (entry_.pos.segment == segment_) {
      CESS_TRY(take(group, entry_));
    } else if (entry_.pos.segment == segment_ + 1 && enough(group)) {
      pending_ = true;
      ++segment_;
      return true;
    } else {
      CESS_TRY(spill_group(group));
      CESS_TRY(spill(entry_.pos, entry_.root, entry_.data));
    }
  }
  ended_ = true;
  CESS_TRY(compare_claims());
  if (spool_.valid()) {
    std::stable_sort(spooled_.begin(), spooled_.end(), [](const Spooled& a, const Spooled& b) {
      return std::tuple(a.pos.segment, a.pos.index, a.pos.replica) <
             std::tuple(b.pos.segment, b.pos.index, b.pos.replica);
    });
  }
  return next_after_end(group);
}

// The manifest is known; `group` may hold the last segment's fragments, the spool those of others.
Result<bool> StreamFeed::next_after_end(Group& group) {
  if (segment_ >= manifest_->segments.size()) {
    if (group.candidates.empty()) return false;
    return fail(Code::input,
                fmt::format("refused '{}': it has more segments than its manifest", name_), name_);
  }
  set_layout(group, manifest_->layout(), segment_);
  const auto& roots = manifest_->segments[segment_].roots;
  const unsigned n = header_.profile.n();
  const auto first = std::lower_bound(
      spooled_.begin(), spooled_.end(), segment_,
      [](const Spooled& s, std::uint32_t segment) { return s.pos.segment < segment; });
  for (auto s = first; s != spooled_.end() && s->pos.segment == segment_; ++s) {
    Candidate c;
    c.pos = s->pos;
    c.ref = static_cast<std::size_t>(s - spooled_.begin());
    c.data = spare_buffer();
    group.candidates.push_back(std::move(c));
  }
  for (Candidate& c : group.candidates) {
    c.root = roots[std::size_t{c.pos.replica} * n + c.pos.index];
  }
  std::stable_sort(group.candidates.begin(), group.candidates.end(), by_position);
  group.fetch = [this](Candidate& c) -> Status {
    const Spooled& s = spooled_[c.ref];
    c.data.resize(static_cast<std::size_t>(s.size));
    CESS_TRY_ASSIGN(const auto got, pread_full(spool_.get(), c.data, s.offset, "temporary file"));
    if (got != c.data.size()) return fail(Code::system, "temporary file ends too early");
    return {};
  };
  ++segment_;
  return true;
}

}  // namespace cess
