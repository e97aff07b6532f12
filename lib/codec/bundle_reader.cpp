// SPDX-License-Identifier: Apache-2.0
// A bundle as a stream: one entry in memory at a time.
#include <fmt/format.h>

#include <algorithm>

#include "codec/bundle.hpp"
#include "codec/bundle_rules.hpp"
#include "codec/tar_reader.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

class StreamReader final : public BundleSource {
 public:
  StreamReader(int fd, std::string name, Cancel* cancel) : tar_(fd, std::move(name), cancel) {}

  Result<bool> next(BundleEntry& out) override {
    TarEntry entry;
    CESS_TRY_ASSIGN(const bool more, tar_.next(entry));
    if (!more) {
      if (const auto why = rules_.end(); !why.empty()) return tar_.refuse(why);
      return false;
    }
    const auto name = parse_entry_name(entry.path);
    if (!name) return tar_.refuse(fmt::format("entry '{}' is none of a bundle's", entry.path));
    if (const auto why = rules_.admit(*name, entry.size); !why.empty()) {
      return tar_.refuse(fmt::format("entry '{}': {}", entry.path, why));
    }
    out.kind = name->kind;
    out.pos = name->pos;
    out.tagger = name->tagger;
    CESS_TRY(take_attributes(entry, out));
    CESS_TRY(read_data(entry.size, out.data));
    return after(out);
  }

 private:
  Status take_attributes(const TarEntry& entry, BundleEntry& out) {
    out.file = {};
    out.root = {};
    if (out.kind != EntryKind::fragment) return {};
    if (!entry.file || !entry.root) {
      return tar_.refuse(
          fmt::format("entry '{}' lacks user.cess.file or user.cess.root", entry.path));
    }
    if (*entry.file != rules_.file()) {
      return tar_.refuse(fmt::format("entry '{}' is a fragment of another file", entry.path));
    }
    out.file = *entry.file;
    out.root = *entry.root;
    return {};
  }

  // In steps, so that a size that the stream does not keep costs no memory.
  Status read_data(std::uint64_t size, Bytes& data) {
    if (data.capacity() >= size) {
      data.resize(static_cast<std::size_t>(size));
      return tar_.read(data);
    }
    data.clear();
    std::size_t have = 0;
    while (have < size) {
      const std::uint64_t step = std::max<std::uint64_t>(have, 1U << 20U);
      data.resize(static_cast<std::size_t>(std::min(size, have + step)));
      CESS_TRY(tar_.read(MutByteView(data).subspan(have)));
      have = data.size();
    }
    return {};
  }

  Result<bool> after(const BundleEntry& entry) {
    if (entry.kind == EntryKind::header) {
      if (auto ok = rules_.set_header(entry.data); !ok) return tar_.refuse(ok.error().message);
    } else if (entry.kind == EntryKind::manifest) {
      if (const auto why = rules_.add_manifest(entry.data); !why.empty()) return tar_.refuse(why);
    }
    return true;
  }

  TarReader tar_;
  BundleRules rules_;
};

}  // namespace

std::unique_ptr<BundleSource> bundle_reader(int fd, std::string name, Cancel* cancel) {
  return std::make_unique<StreamReader>(fd, std::move(name), cancel);
}

}  // namespace cess
