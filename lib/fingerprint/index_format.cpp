// SPDX-License-Identifier: Apache-2.0
// The index's manifest and log as bytes.
#include <algorithm>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "crypto/sha256.hpp"
#include "fingerprint/index.hpp"
#include "fingerprint/index_log.hpp"

namespace cess::fp {
namespace {

constexpr std::string_view kManifestMagic = "CFPIDX1\n";
constexpr std::string_view kLogMagic = "CFPLOG1\n";

}  // namespace

Bytes encode_manifest(const IndexManifest& m) {
  CESS_CHECK(m.parts.size() <= IndexManifest::kSegmentsMax);
  Writer w;
  w.raw(kManifestMagic)
      .le(m.log)
      .le(static_cast<std::uint32_t>(m.parts.size()))
      .le(std::uint32_t{0});
  for (const auto& p : m.parts) w.le(p.number).le(p.records).id(p.sha256);
  const Hash256 sum = sha256(w.bytes());
  return w.id(sum).take();
}

Result<IndexManifest> parse_manifest(ByteView in) {
  Reader r(in, "index manifest");
  CESS_TRY_ASSIGN(const ByteView magic, r.raw(kManifestMagic.size(), "magic"));
  if (as_text(magic) != kManifestMagic) return r.refuse("not an index manifest");
  IndexManifest m;
  CESS_TRY_ASSIGN(m.log, r.le<std::uint64_t>("log"));
  CESS_TRY_ASSIGN(const auto count, r.le<std::uint32_t>("segment count"));
  CESS_TRY_ASSIGN(const auto zero, r.le<std::uint32_t>("reserved"));
  if (count > IndexManifest::kSegmentsMax || zero != 0) return r.refuse("too many segments");
  std::set<std::uint64_t> numbers;
  for (std::uint32_t i = 0; i < count; ++i) {
    IndexManifest::Part p;
    CESS_TRY_ASSIGN(p.number, r.le<std::uint64_t>("segment number"));
    CESS_TRY_ASSIGN(p.records, r.le<std::uint64_t>("segment records"));
    CESS_TRY_ASSIGN(p.sha256, r.id<Hash256>("segment sha256"));
    if (p.records == 0 || p.records > kSegmentRecordsMax) return r.refuse("bad number of records");
    if (!numbers.insert(p.number).second) return r.refuse("a segment twice");
    m.parts.push_back(p);
  }
  const Hash256 sum = sha256(in.first(r.offset()));
  CESS_TRY_ASSIGN(const Hash256 stated, r.id<Hash256>("sha256"));
  CESS_TRY(r.end());
  if (stated != sum) return r.refuse("wrong checksum");
  return m;
}

Bytes log_head(std::uint64_t number) { return Writer().raw(kLogMagic).le(number).take(); }

Bytes log_entry(std::uint64_t number, std::uint64_t position, const IndexRecord& record) {
  Writer head;
  head.le(number).le(position);
  const Hash256 sum = sha256({head.bytes(), record.word, record.label.view()});
  return Writer().raw(record.word).id(record.label).raw(sum.view().first(kLogSumSize)).take();
}

namespace {

constexpr std::size_t kSectorSize = 512;  ///< the least that a disk writes at once

// Whether [from, from + size) touches a sector of the file that is all zeros from there on. A file
// may have its full length before its bytes are on disk; after a power cut what is not there reads
// as zeros, behind the records that the sector had before.
bool touches_unwritten(ByteView file, std::size_t from, std::size_t size) {
  for (std::size_t at = from / kSectorSize * kSectorSize; at < from + size; at += kSectorSize) {
    const std::size_t end = std::min(at + kSectorSize, file.size());
    const std::size_t begin = std::max(at, from);
    const ByteView sector = file.subspan(begin, end - begin);
    if (std::all_of(sector.begin(), sector.end(), [](std::uint8_t b) { return b == 0; }))
      return true;
  }
  return false;
}

}  // namespace

Result<std::vector<IndexRecord>> parse_log(ByteView in, std::uint64_t number) {
  const Bytes head = log_head(number);
  if (in.size() < head.size() || !std::equal(head.begin(), head.end(), in.begin())) {
    return fail(Code::input, "index log has a bad head");
  }
  std::vector<IndexRecord> out;
  for (std::size_t at = head.size(); at + kLogEntrySize <= in.size(); at += kLogEntrySize) {
    if (out.size() == Index::kLogRecordsMax) break;
    const ByteView entry = in.subspan(at, kLogEntrySize);
    IndexRecord r;
    std::copy_n(entry.begin(), r.word.size(), r.word.begin());
    r.label = Hash256::from(entry.subspan(r.word.size(), Hash256::kSize));
    const Bytes wanted = log_entry(number, out.size(), r);
    if (!std::equal(wanted.begin(), wanted.end(), entry.begin())) {
      if (touches_unwritten(in, at, kLogEntrySize)) break;
      return fail(Code::input, "record " + std::to_string(out.size()) + " is damaged");
    }
    out.push_back(r);
  }
  return out;
}

}  // namespace cess::fp
