// SPDX-License-Identifier: Apache-2.0
// links: codec sys
// Bundles, read by our strict reader and by libarchive: what ours accepts, libarchive must read as
// the same names and bytes. Tar headers carry a checksum that a fuzzer does not guess: if the first
// byte is odd, checksums are set right before reading.
#include <archive.h>
#include <archive_entry.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "codec/bundle.hpp"
#include "codec/bundle_rules.hpp"
#include "sys/file.hpp"

namespace {

using namespace cess;

void mend_checksums(Bytes& tar) {
  for (std::size_t at = 0; at + 512 <= tar.size(); at += 512) {
    std::uint8_t* block = tar.data() + at;
    if (std::memcmp(block + 257, "ustar", 5) != 0) continue;
    std::memset(block + 148, ' ', 8);
    unsigned sum = 0;
    for (std::size_t i = 0; i < 512; ++i) sum += block[i];
    char text[8];
    std::snprintf(text, sizeof text, "%06o", sum & 0777777U);
    std::memcpy(block + 148, text, 7);
  }
}

struct Entry {
  std::string path;
  Bytes data;
  bool operator==(const Entry&) const = default;
};

bool read_ours(const Bytes& tar, std::vector<Entry>& out) {
  static const int fd = ::memfd_create("fuzz", 0);
  if (::ftruncate(fd, 0) != 0 || ::lseek(fd, 0, SEEK_SET) != 0) std::abort();
  if (!write_full(fd, tar, "memory") || ::lseek(fd, 0, SEEK_SET) != 0) std::abort();
  const auto source = bundle_reader(fd, "memory");
  BundleEntry e;
  for (;;) {
    const auto more = source->next(e);
    if (!more) {
      if (more.error().code != Code::input) std::abort();
      return false;
    }
    if (!*more) return true;
    out.push_back({entry_path(e.kind, e.pos, e.tagger), e.data});
  }
}

std::vector<Entry> read_theirs(const Bytes& tar) {
  std::vector<Entry> out;
  struct archive* a = archive_read_new();
  archive_read_support_format_tar(a);
  if (archive_read_open_memory(a, tar.data(), tar.size()) != ARCHIVE_OK) std::abort();
  struct archive_entry* e = nullptr;
  while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
    Entry entry{archive_entry_pathname(e), Bytes(static_cast<std::size_t>(archive_entry_size(e)))};
    if (archive_entry_filetype(e) != AE_IFREG) std::abort();
    const auto got = archive_read_data(a, entry.data.data(), entry.data.size());
    if (got != static_cast<la_ssize_t>(entry.data.size())) std::abort();
    out.push_back(std::move(entry));
  }
  archive_read_free(a);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Bytes tar(data + 1, data + size);
  if ((data[0] & 1U) != 0) mend_checksums(tar);
  std::vector<Entry> ours;
  if (read_ours(tar, ours) && read_theirs(tar) != ours) std::abort();
  return 0;
}
