// SPDX-License-Identifier: Apache-2.0
#include "audit/service_index.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "json/json.hpp"
#include "podr2/challenge.hpp"

namespace cess {
namespace {

constexpr std::size_t kIndexLineMax =
    16384;  // an entry line may also carry a path, which is skipped

/// Reads exactly what index_entry_line writes, without a JSON tree: lists have millions of lines.
/// Returns false for anything else, which then takes the general way.
bool read_plain_entry(IndexEntry& out, std::string_view text) {
  constexpr std::string_view kA = R"({"frag_id":")";
  constexpr std::string_view kB = R"(","blocks":)";
  constexpr std::string_view kC = R"(,"tagger":")";
  constexpr std::string_view kD = R"("})";
  constexpr std::size_t kHex = 2 * FragId::kSize;
  const auto take = [&text](std::string_view literal) {
    if (!text.starts_with(literal)) return false;
    text.remove_prefix(literal.size());
    return true;
  };
  const auto take_id = [&text](MutByteView id) {
    if (text.size() < kHex || !parse_hex_into(id, text.substr(0, kHex), "")) return false;
    text.remove_prefix(kHex);
    return true;
  };
  if (!take(kA) || !take_id(out.frag.mut()) || !take(kB)) return false;
  std::uint64_t blocks = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 10 && text[digits] >= '0' && text[digits] <= '9') {
    blocks = blocks * 10 + static_cast<std::uint64_t>(text[digits] - '0');
    ++digits;
  }
  if (digits == 0 || (digits > 1 && text[0] == '0')) return false;
  if (blocks > std::numeric_limits<std::uint32_t>::max()) return false;
  out.blocks = static_cast<std::uint32_t>(blocks);
  text.remove_prefix(digits);
  return take(kC) && take_id(out.tagger.mut()) && text == kD;
}

Result<IndexEntry> read_entry(std::string_view text, const std::string& where) {
  IndexEntry e;
  if (read_plain_entry(e, text)) return e;
  CESS_TRY_ASSIGN(const Json doc, parse_json(text, where, {kIndexLineMax, 3}));
  const JsonView v(doc, where);
  CESS_TRY_ASSIGN(e.frag, v.id<FragId>("frag_id"));
  CESS_TRY_ASSIGN(const auto blocks, v.number("blocks", std::numeric_limits<std::uint32_t>::max()));
  e.blocks = static_cast<std::uint32_t>(blocks);
  CESS_TRY_ASSIGN(e.tagger, v.id<TaggerId>("tagger"));
  return e;
}

}  // namespace

std::string index_header_line(const IndexTotals& totals) {
  Json j;
  j["schema"] = "cess.service_index/1";
  j["miner_id"] = to_hex(totals.miner);
  j["svc_root"] = to_hex(totals.root.hash);
  j["fragments"] = totals.fragments;
  j["blocks"] = totals.root.sum;
  return write_json(j);
}

std::string index_entry_line(const IndexEntry& entry) {
  return R"({"frag_id":")" + to_hex(entry.frag) + R"(","blocks":)" + std::to_string(entry.blocks) +
         R"(,"tagger":")" + to_hex(entry.tagger) + R"("})";
}

IndexLineReader::IndexLineReader(std::string what, std::function<void(const IndexEntry&)> entry)
    : what_(std::move(what)), entry_(std::move(entry)) {}

Status IndexLineReader::line(std::string_view text) {
  ++lines_;
  const auto where = [this] { return what_ + ": line " + std::to_string(lines_); };
  if (lines_ == 1) return header(text, where());
  if (count_ == stated_.fragments) {
    return fail(Code::input, where() + ": more entries than the first line states");
  }
  IndexEntry e;
  if (!read_plain_entry(e, text)) {
    CESS_TRY_ASSIGN(e, read_entry(text, where()));
  }
  return add(e, where());
}

Status IndexLineReader::header(std::string_view text, const std::string& where) {
  CESS_TRY_ASSIGN(const Json doc, parse_json(text, where, {kIndexLineMax, 3}));
  const JsonView v(doc, where);
  CESS_TRY(v.schema("cess.service_index/1"));
  CESS_TRY_ASSIGN(stated_.miner, v.id<MinerId>("miner_id"));
  CESS_TRY_ASSIGN(stated_.root.hash, v.id<Hash256>("svc_root"));
  CESS_TRY_ASSIGN(stated_.fragments, v.number("fragments", kIndexEntriesMax));
  CESS_TRY_ASSIGN(stated_.root.sum, v.number("blocks", kIndexBlocksMax));
  return {};
}

Status IndexLineReader::add(const IndexEntry& entry, const std::string& where) {
  if (entry.blocks == 0) return fail(Code::input, where + ": blocks: expected at least 1");
  blocks_ += entry.blocks;
  if (blocks_ > stated_.root.sum) {
    return fail(Code::input, where + ": more blocks than the first line states");
  }
  // A binary counter of complete subtrees: entry i closes as many as i + 1 has trailing zero bits.
  SumNode node = sum_leaf(entry);
  for (std::uint64_t full = ++count_; full % 2 == 0; full /= 2) {
    node = sum_parent(open_.back(), node);
    open_.pop_back();
  }
  open_.push_back(node);
  if (entry_) entry_(entry);
  return {};
}

Result<IndexTotals> IndexLineReader::finish() {
  if (lines_ == 0) return fail(Code::input, what_ + ": empty: expected a service index");
  if (count_ != stated_.fragments) {
    return fail(Code::input, what_ + ": truncated after " + std::to_string(count_) + " of " +
                                 std::to_string(stated_.fragments) + " entries");
  }
  SumNode root;
  for (auto it = open_.rbegin(); it != open_.rend(); ++it) {
    root = it == open_.rbegin() ? *it : sum_parent(*it, root);
  }
  if (root != stated_.root) {
    return fail(Code::input, what_ + ": svc_root and blocks do not fit the entries");
  }
  return stated_;
}

void ServiceIndex::add(const IndexEntry& entry) {
  ends_.push_back(blocks() + entry.blocks);
  entries_.push_back(entry);
}

SumTree::Hit ServiceIndex::find(std::uint64_t block) const {
  const auto it = std::upper_bound(ends_.begin(), ends_.end(), block);
  CESS_CHECK(it != ends_.end());
  const auto leaf = static_cast<std::uint64_t>(it - ends_.begin());
  return {leaf, block - (leaf == 0 ? 0 : ends_[leaf - 1])};
}

}  // namespace cess
