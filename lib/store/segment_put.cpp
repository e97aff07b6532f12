// SPDX-License-Identifier: Apache-2.0
// The fragments of one segment as one group.
#include <algorithm>

#include "base/check.hpp"
#include "base/hex.hpp"
#include "merkle/tree.hpp"
#include "store/backend.hpp"
#include "store/budget.hpp"
#include "store/index_ops.hpp"
#include "store/layout.hpp"
#include "store/writer.hpp"

namespace cess {

using namespace detail;

namespace {

std::string place_text(std::uint32_t segment, std::uint16_t index, std::uint16_t replica) {
  return "fragment " + std::to_string(index) + " (replica " + std::to_string(replica) +
         ") of segment " + std::to_string(segment);
}

}  // namespace

struct SegmentPut::Part {
  StoredFragment fragment;           // descriptor complete at commit
  std::optional<StagedBlob> staged;  // nothing when the store has it
  bool known = false;                // there is a record of it
};

struct SegmentPut::Tags {
  std::uint16_t replica = 0;
  std::uint16_t index = 0;
  Bytes bytes;
  Descriptor descriptor;
  auto operator<=>(const Tags& o) const {
    return std::pair(replica, index) <=> std::pair(o.replica, o.index);
  }
};

SegmentPut::SegmentPut(Store& store, const FileId& file, std::uint32_t segment)
    : store_(store), file_(file), segment_(segment) {}

SegmentPut::~SegmentPut() {
  for (const Part& part : parts_) {
    if (part.staged) store_.backend_->unstage(*part.staged);
  }
  if (!reserved_) return;
  const auto c = load_counters(*store_.kv_);
  if (c) store_.budget_->adopt_reserve(layout::index_reserve(c->fragment_count));
}

Status SegmentPut::add_fragment(std::uint16_t index, std::uint16_t replica, const Hash256& root,
                                ByteView data) {
  CESS_TRY(store_.usable());
  const std::string place = place_text(segment_, index, replica);
  if (data.empty()) return fail(Code::input, place + " is empty");
  if (fragment_root(data) != root) {
    return fail(Code::input, place + ": its bytes do not match the root it claims", place);
  }
  Part part;
  Descriptor& d = part.fragment.descriptor;
  d.file = file_;
  d.segment = segment_;
  d.fragment = index;
  d.replica = replica;
  d.length = data.size();
  d.root = root;
  const bool twice = std::any_of(parts_.begin(), parts_.end(), [&](const Part& p) {
    return p.fragment.descriptor.fragment == index && p.fragment.descriptor.replica == replica;
  });
  if (twice) return fail(Code::input, place + " appears twice", place);
  CESS_TRY_ASSIGN(const auto there, load_place(*store_.kv_, file_, segment_, replica, index));
  if (there) {
    CESS_TRY_ASSIGN(const StoredFragment old, store_.fragment(*there));
    if (old.descriptor.root != root || old.descriptor.length != data.size()) {
      return fail(Code::input, place + " is stored already with other bytes", place);
    }
    part.known = true;
    // An acknowledgement says that the bytes are here: a stored copy that is bad or cannot be read
    // gives way to those in hand.
    CESS_TRY(store_.restore_fragment(old, data));
  }
  if (!part.known) {
    CESS_TRY(admit(part));
    reserved_ = true;
    CESS_TRY_ASSIGN(part.staged, store_.backend_->stage(BlobName{}, data));
  }
  parts_.push_back(std::move(part));
  return {};
}

/// Room in the index for one entry more.
Status SegmentPut::admit(const Part& part) const {
  CESS_TRY_ASSIGN(const records::Counters c, load_counters(*store_.kv_));
  const auto fresh = static_cast<std::uint64_t>(
      std::count_if(parts_.begin(), parts_.end(), [](const Part& p) { return !p.known; }));
  if (store_.budget_->reserve(layout::index_reserve(c.fragment_count + fresh + 1))) return {};
  return fail(Code::system,
              "store '" + store_.path() + "' is full: no room in the index for a fragment of " +
                  std::to_string(part.fragment.descriptor.length) + " bytes, " +
                  std::to_string(store_.budget_->idle()) + " of " +
                  std::to_string(store_.budget_->capacity()) + " idle",
              store_.path(), "delete something, or put into another store");
}

Status SegmentPut::add_tags(std::uint16_t index, std::uint16_t replica, ByteView tag_file) {
  const std::string place = place_text(segment_, index, replica);
  auto parsed = parse_tag_file(tag_file);
  if (!parsed) {
    parsed.error().message = "tag file of " + place + ": " + parsed.error().message;
    return tl::unexpected(parsed.error());
  }
  const Descriptor& d = parsed->descriptor;
  if (d.file != file_ || d.segment != segment_ || d.fragment != index || d.replica != replica) {
    return fail(Code::input, "tag file of " + place + " describes another fragment", place);
  }
  Tags tags{replica, index, Bytes(tag_file.begin(), tag_file.end()), d};
  const auto at = std::lower_bound(tags_.begin(), tags_.end(), tags);
  if (at != tags_.end() && at->replica == replica && at->index == index) {
    return fail(Code::input, "tag file of " + place + " appears twice", place);
  }
  tags_.insert(at, std::move(tags));
  return {};
}

/// Completes descriptors: from the tag file, which must agree, or a plain one of suite 2.
Status SegmentPut::describe_parts() {
  for (Part& part : parts_) {
    Descriptor& d = part.fragment.descriptor;
    const std::string place = place_text(segment_, d.fragment, d.replica);
    const auto tags = std::find_if(tags_.begin(), tags_.end(), [&](const Tags& t) {
      return t.index == d.fragment && t.replica == d.replica;
    });
    if (tags == tags_.end()) {
      TagFile plain;
      plain.descriptor = d;
      Tags own{d.replica, d.fragment, encode_tag_file(plain), d};
      tags_.insert(std::lower_bound(tags_.begin(), tags_.end(), own), std::move(own));
    } else if (tags->descriptor.length != d.length || tags->descriptor.root != d.root) {
      return fail(Code::input, "the tag file of " + place + " was made for other bytes", place);
    } else {
      d = tags->descriptor;
    }
    if (!d.tagger.is_zero() && !store_.has_tagger(d.tagger)) {
      return fail(
          Code::input,
          place + " is tagged by '" + to_hex(d.tagger) + "', whose public key is not in the bundle",
          place);
    }
    part.fragment.id = frag_id(d);
    if (part.staged) part.staged->name = blob(BlobKind::fragment, part.fragment.id);
  }
  return {};
}

Result<Bytes> SegmentPut::build_sidecar() {
  Bytes all;
  for (const Tags& t : tags_) {
    if (all.size() + t.bytes.size() > layout::kSidecarSizeMax) {
      return fail(Code::input, "the tag files of segment " + std::to_string(segment_) +
                                   " have more than " + std::to_string(layout::kSidecarSizeMax) +
                                   " bytes");
    }
    for (Part& part : parts_) {
      const Descriptor& d = part.fragment.descriptor;
      if (d.fragment != t.index || d.replica != t.replica) continue;
      part.fragment.tag_offset = static_cast<std::uint32_t>(all.size());
      part.fragment.tag_size = static_cast<std::uint32_t>(t.bytes.size());
    }
    append(all, ByteView(t.bytes));
  }
  return all;
}

Result<std::vector<StoredFragment>> SegmentPut::commit() {
  CESS_TRY(store_.usable());
  std::vector<StoredFragment> out;
  if (parts_.empty()) return out;
  CESS_TRY(describe_parts());
  CESS_TRY_ASSIGN(const Bytes sidecar, build_sidecar());
  const Hash256 sidecar_name = sidecar_id(sidecar);
  CESS_TRY_ASSIGN(records::Counters c, load_counters(*store_.kv_));
  KvView view(*store_.kv_);
  CESS_TRY_ASSIGN(auto shared, load_shared(view, records::sidecar_key(sidecar_name)));
  const bool new_sidecar = !shared;
  if (new_sidecar) shared = records::Shared{sidecar.size(), 0};
  std::uint64_t added_count = 0;
  for (Part& part : parts_) {
    StoredFragment& f = part.fragment;
    CESS_TRY_ASSIGN(const auto old, load_fragment(view, f.id));
    if (part.known && !old) {
      return fail(Code::input,
                  place_text(segment_, f.descriptor.fragment, f.descriptor.replica) +
                      " is stored already under another id",
                  to_hex(f.id), "its tags differ: delete the stored one first");
    }
    if (old) {
      f = *old;
      continue;
    }
    f.sidecar = sidecar_name;
    CESS_TRY(index_append(view, c, f));
    ++shared->reference_count;
    ++added_count;
    if (f.descriptor.tagger.is_zero()) continue;
    const std::string key = records::tagger_key(f.descriptor.tagger);
    CESS_TRY_ASSIGN(auto tagger, load_shared(view, key));
    CESS_CHECK(tagger.has_value());
    ++tagger->reference_count;
    view.put(key, records::encode_shared(*tagger));
  }
  std::vector<StagedBlob> staged;
  std::optional<StagedBlob> staged_sidecar;
  if (added_count > 0) {
    view.put(records::sidecar_key(sidecar_name), records::encode_shared(*shared));
    if (new_sidecar) {
      CESS_TRY_ASSIGN(staged_sidecar,
                      store_.backend_->stage(blob(BlobKind::sidecar, sidecar_name), sidecar));
      staged.push_back(*staged_sidecar);
      c.tag_bytes += sidecar.size();
      ++c.sidecar_count;
    }
  }
  for (Part& part : parts_) {
    out.push_back(part.fragment);
    if (part.staged) staged.push_back(*part.staged);
    part.staged.reset();  // the commit's from here on
  }
  if (staged.empty() && view.changes().empty()) return out;  // all of it was there
  CESS_TRY(store_.commit(view, c, staged));
  for (const StagedBlob& s : staged) CESS_TRY(store_.backend_->unmark(s.name));
  return out;
}

}  // namespace cess
