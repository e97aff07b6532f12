// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/index_runs.hpp"

#include <algorithm>

#include "base/endian.hpp"
#include "fingerprint/segment_layout.hpp"

namespace cess::fp {

std::vector<std::uint32_t> order_of_labels(std::span<const IndexRecord> records) {
  // Few labels agree in 8 bytes, if any.
  struct Key {
    std::uint64_t prefix;
    std::uint32_t position;
  };
  std::vector<Key> keys;
  keys.reserve(records.size());
  for (std::uint32_t i = 0; i < records.size(); ++i)
    keys.push_back({load_be<std::uint64_t>(records[i].label.bytes.data()), i});
  std::sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const auto order = records[a.position].label <=> records[b.position].label;
    return order != 0 ? order < 0 : a.position < b.position;
  });
  std::vector<std::uint32_t> out;
  out.reserve(keys.size());
  for (const Key& k : keys) {
    if (out.empty() || records[out.back()].label != records[k.position].label)
      out.push_back(k.position);
  }
  return out;
}

SortedRecords::SortedRecords(std::span<const IndexRecord> records) {
  const auto order = order_of_labels(records);
  words_.reserve(order.size() * kIndexWordSize);
  labels_.reserve(order.size() * kIndexWordSize);
  for (const std::uint32_t i : order) append(words_, records[i].word);
  for (const std::uint32_t i : order) append(labels_, records[i].label.view());
}

RecordColumns SortedRecords::columns() const {
  RecordColumns c;
  c.count = words_.size() / kIndexWordSize;
  c.words = words_.data();
  c.labels = labels_.data();
  return c;
}

Status IndexRuns::add(std::span<const IndexRecord> records) {
  while (!records.empty()) {
    held_.reserve(run_records_);  // pages that are not touched cost nothing
    const std::size_t n = std::min(records.size(), run_records_ - held_.size());
    held_.insert(held_.end(), records.begin(), records.begin() + static_cast<std::ptrdiff_t>(n));
    records = records.subspan(n);
    if (held_.size() == run_records_) CESS_TRY(spill());
  }
  return {};
}

std::optional<std::vector<IndexRecord>> IndexRuns::take_few(std::size_t few) const {
  if (!runs_.empty() || held_.size() > few) return std::nullopt;
  std::vector<IndexRecord> out;
  for (const std::uint32_t i : order_of_labels(held_)) out.push_back(held_[i]);
  return out;
}

Status IndexRuns::spill() {
  if (runs_.size() == kSegmentSourcesMax)
    return fail(Code::usage, "too many lines for one build: add the others to the index");
  const std::string name = folder_ + "/runs";
  if (!file_) {
    CESS_TRY_ASSIGN(NewFile file, NewFile::create(name, {.mode = 0600, .replace = true}));
    file_ = std::move(file);
  }
  const auto order = order_of_labels(held_);
  RecordColumns run;
  run.count = order.size();
  run.fd = file_->fd();
  run.words_at = end_;
  run.labels_at = end_ + order.size() * kIndexWordSize;
  run.name = name;
  constexpr std::size_t kPart = std::size_t{1} << 20U;
  Bytes part;
  part.reserve(kPart);
  const auto put = [&](ByteView bytes) -> Status {
    append(part, bytes);
    if (part.size() < kPart) return {};
    CESS_TRY(file_->write(part));
    part.clear();
    return {};
  };
  for (const std::uint32_t i : order) CESS_TRY(put(held_[i].word));
  for (const std::uint32_t i : order) CESS_TRY(put(held_[i].label.view()));
  CESS_TRY(file_->write(part));
  end_ += 2 * order.size() * kIndexWordSize;
  spilled_ += order.size();
  runs_.push_back(std::move(run));
  held_.clear();
  return {};
}

Result<std::vector<RecordColumns>> IndexRuns::columns() {
  if (!held_.empty()) CESS_TRY(spill());
  held_ = std::vector<IndexRecord>();  // `= {}` would keep its memory
  return runs_;
}

}  // namespace cess::fp
