// SPDX-License-Identifier: Apache-2.0
#include "pois/batch_proof.hpp"

#include <type_traits>

#include "base/check.hpp"
#include "base/codec.hpp"

namespace cess::pois {
namespace {

constexpr std::string_view kBatchMagic = "CESSIDC1";
constexpr std::size_t kColumnSize = std::size_t{kLayers} * kLabelSize;

void write_hashes(Writer& w, std::span<const Hash256> hashes) {
  w.le(static_cast<std::uint32_t>(hashes.size()));
  for (const Hash256& hash : hashes) w.id(hash);
}

// A count of things of `size` bytes each that are all there.
Result<std::uint32_t> read_count(Reader& r, std::size_t size, std::string_view field) {
  CESS_TRY_ASSIGN(const auto count, r.le<std::uint32_t>(field));
  if (count > r.left() / size) return r.refuse(std::string(field) + " is more than what follows");
  return count;
}

// Megabytes of them: copied in one piece.
template <class T>
std::vector<T> things(ByteView bytes) {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) == 1);
  const auto* first = reinterpret_cast<const T*>(bytes.data());
  return {first, first + bytes.size() / sizeof(T)};
}

Result<std::vector<Hash256>> read_hashes(Reader& r, std::string_view field) {
  CESS_TRY_ASSIGN(const std::uint32_t count, read_count(r, Hash256::kSize, field));
  CESS_TRY_ASSIGN(const ByteView bytes, r.raw(count * Hash256::kSize, field));
  return things<Hash256>(bytes);
}

Result<FileProof> read_file_proof(Reader& r) {
  FileProof out;
  CESS_TRY_ASSIGN(out.file_no, r.le<std::uint64_t>("file_no"));
  if (out.file_no >= kFileNumbersMax) return r.refuse("file_no is too large");
  CESS_TRY_ASSIGN(out.proof.commitment.columns_root, r.id<Hash256>("comm_c"));
  CESS_TRY_ASSIGN(out.proof.commitment.labels_root, r.id<Hash256>("comm_r"));
  CESS_TRY_ASSIGN(const std::uint32_t columns, read_count(r, kColumnSize, "columns"));
  CESS_TRY_ASSIGN(const ByteView labels, r.raw(columns * kColumnSize, "label"));
  out.proof.columns = things<Column>(labels);
  CESS_TRY_ASSIGN(out.proof.columns_path, read_hashes(r, "columns_path"));
  CESS_TRY_ASSIGN(out.proof.labels_path, read_hashes(r, "labels_path"));
  return out;
}

}  // namespace

Bytes encode_batch_proof(const BatchProof& proof) {
  Writer w;
  w.raw(kBatchMagic).le(static_cast<std::uint32_t>(proof.params.log2_nodes));
  w.le(static_cast<std::uint32_t>(proof.files.size()));
  for (const FileProof& file : proof.files) {
    w.le(file.file_no);
    w.id(file.proof.commitment.columns_root).id(file.proof.commitment.labels_root);
    w.le(static_cast<std::uint32_t>(file.proof.columns.size()));
    for (const Column& column : file.proof.columns) {
      for (const Hash256& label : column) w.id(label);
    }
    write_hashes(w, file.proof.columns_path);
    write_hashes(w, file.proof.labels_path);
  }
  return w.take();
}

Result<BatchProof> parse_batch_proof(ByteView bytes) {
  Reader r(bytes, "commit proof");
  if (bytes.size() > kBatchProofSizeMax) return r.refuse("longer than any commit proof");
  CESS_TRY_ASSIGN(const ByteView magic, r.raw(kBatchMagic.size(), "magic"));
  if (as_text(magic) != kBatchMagic) return r.refuse("not a commit proof of version 1");
  BatchProof out;
  CESS_TRY_ASSIGN(out.params.log2_nodes, r.le<std::uint32_t>("log2_nodes"));
  CESS_TRY(check_params(out.params));
  CESS_TRY_ASSIGN(const auto files, r.le<std::uint32_t>("files"));
  if (files == 0 || files > kBatchFilesMax) return r.refuse("files out of range");
  for (std::uint32_t i = 0; i < files; ++i) {
    CESS_TRY_ASSIGN(FileProof file, read_file_proof(r));
    if (!out.files.empty() && file.file_no <= out.files.back().file_no) {
      return r.refuse("fillers are not in order");
    }
    out.files.push_back(std::move(file));
  }
  CESS_TRY(r.end());
  return out;
}

bool verify_batch(Graph& graph, const Batch& batch, const Hash256& beacon,
                  const BatchProof& proof) {
  CESS_CHECK(graph.params() == batch.owner.params);
  if (proof.params != batch.owner.params) return false;
  const std::vector<FileNodes> asked = commit_challenges(batch, beacon);
  if (asked.size() != proof.files.size()) return false;
  std::vector<CommitCheck> checks;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const FileProof& file = proof.files[i];
    if (file.file_no != asked[i].file_no) return false;
    checks.push_back({filler_id(batch.owner, file.file_no), batch.comms[file.file_no - batch.first],
                      asked[i].nodes, &file.proof});
  }
  return verify_commits(graph, checks);
}

}  // namespace cess::pois
