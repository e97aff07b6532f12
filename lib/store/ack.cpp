// SPDX-License-Identifier: Apache-2.0
#include "store/ack.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/codec.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

constexpr std::string_view kMagic = "CESSACK1";
constexpr std::size_t kBodySize = 32;

std::optional<std::uint64_t> parse_slot(ByteView slot, const MinerId& miner) {
  if (slot.size() != kAckSlotSize || as_text(slot.first(8)) != kMagic) return std::nullopt;
  if (!std::equal(slot.begin() + 16, slot.begin() + 32, miner.bytes.begin())) return std::nullopt;
  if (Hash256::from(slot.subspan(kBodySize, 32)) != sha256(slot.first(kBodySize)))
    return std::nullopt;
  return load_le<std::uint64_t>(slot.data() + 8);
}

/// Which slot holds the higher valid number.
struct Newest {
  std::optional<std::uint64_t> sequence;
  unsigned slot = 0;
};

Newest newest_of(ByteView record, const MinerId& miner) {
  Newest best;
  for (unsigned i = 0; i < 2; ++i) {
    if (record.size() < i * kAckStride + kAckSlotSize) break;
    const auto seen = parse_slot(record.subspan(i * kAckStride, kAckSlotSize), miner);
    if (seen && (!best.sequence || *seen > *best.sequence)) best = {seen, i};
  }
  return best;
}

/// Not read_file: a writer may be at work, and changes one slot at a time.
Result<Bytes> load(const std::string& path) {
  CESS_TRY_ASSIGN(const Fd fd, open_read(path));
  Bytes record(kAckSize + 1);
  CESS_TRY_ASSIGN(const std::size_t got, pread_full(fd.get(), record, 0, path));
  record.resize(got);
  return record;
}

tl::unexpected<Error> damaged(const std::string& name) {
  return fail(Code::system, "ack record '" + name + "' is damaged", name,
              "'cess-store repair --index' makes it again from the files");
}

}  // namespace

std::array<std::uint8_t, kAckSlotSize> encode_ack_slot(std::uint64_t sequence,
                                                       const MinerId& miner) {
  Writer w;
  w.raw(kMagic).le(sequence).raw(miner.view().first(16));
  const Hash256 sum = sha256(ByteView(w.bytes()));
  w.id(sum);
  std::array<std::uint8_t, kAckSlotSize> slot{};
  std::copy(w.bytes().begin(), w.bytes().end(), slot.begin());
  return slot;
}

Result<std::uint64_t> parse_ack(ByteView record, const MinerId& miner, const std::string& name) {
  const Newest best = newest_of(record, miner);
  if (record.size() != kAckSize || !best.sequence) return damaged(name);
  return *best.sequence;
}

Status AckFile::create(const std::string& path, const MinerId& miner) {
  const auto slot = encode_ack_slot(0, miner);
  Bytes record(kAckSize);
  std::copy(slot.begin(), slot.end(), record.begin());
  std::copy(slot.begin(), slot.end(), record.begin() + kAckStride);
  return write_file(path, record, {.mode = 0644, .replace = true});
}

Result<std::uint64_t> AckFile::read(const std::string& path, const MinerId& miner) {
  CESS_TRY_ASSIGN(const Bytes record, load(path));
  return parse_ack(record, miner, path);
}

Result<AckFile> AckFile::open(const std::string& path, const MinerId& miner) {
  CESS_TRY_ASSIGN(const Bytes record, load(path));
  const Newest best = newest_of(record, miner);
  if (record.size() != kAckSize || !best.sequence) return damaged(path);
  AckFile file;
  file.fd_ = Fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.fd_.valid()) return system_error("cannot open", path, errno);
  file.path_ = path;
  file.miner_ = miner;
  file.sequence_ = *best.sequence;
  file.next_slot_ = 1 - best.slot;
  return file;
}

Status AckFile::acknowledge(std::uint64_t sequence) {
  const auto slot = encode_ack_slot(sequence, miner_);
  std::size_t done = 0;
  while (done < slot.size()) {
    const auto offset = static_cast<off_t>(next_slot_ * kAckStride + done);
    const ssize_t n = ::pwrite(fd_.get(), slot.data() + done, slot.size() - done, offset);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return system_error("cannot write", path_, n < 0 ? errno : EIO);
    done += static_cast<std::size_t>(n);
  }
  CESS_TRY(sync_file(fd_.get(), path_));
  sequence_ = sequence;
  next_slot_ = 1 - next_slot_;
  return {};
}

}  // namespace cess
