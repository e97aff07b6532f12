// SPDX-License-Identifier: Apache-2.0
#include "codec/fragment_set.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/hex.hpp"
#include "codec/bundle_rules.hpp"
#include "codec/tar_reader.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

Result<struct stat> examine(int fd, const std::string& name) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return system_error("cannot examine", name, errno);
  return st;
}

std::string base_name(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace

Status FragmentSet::set_header(ByteView bytes, const std::string& name) {
  CESS_TRY_ASSIGN(const FileHeader header, parse_header(bytes));
  const FileId id = file_id(header);
  if (file_ && *file_ != id) {
    return fail(Code::input,
                fmt::format("'{}' and '{}' are parts of different files", file_from_, name), name);
  }
  file_ = id;
  file_from_ = name;
  return {};
}

Status FragmentSet::set_manifest(ByteView text, const std::string& name) {
  CESS_TRY_ASSIGN(Manifest m, parse_manifest(text, name));
  if ((file_ && *file_ != m.file) || (manifest_ && manifest_->fid != m.fid)) {
    return fail(Code::input,
                fmt::format("'{}' and '{}' are parts of different files", file_from_, name), name);
  }
  file_ = m.file;
  file_from_ = name;
  manifest_ = std::move(m);
  return {};
}

void FragmentSet::add_ref(FragmentRef ref) { refs_[ref.pos.segment].push_back(std::move(ref)); }

Status FragmentSet::add_bundle(Fd fd, const std::string& name) {
  TarReader tar(fd.get(), name);
  BundleRules rules;
  TarEntry entry;
  Bytes data;
  for (;;) {
    CESS_TRY_ASSIGN(const bool more, tar.next(entry));
    if (!more) break;
    const auto what = parse_entry_name(entry.path);
    if (!what) return tar.refuse(fmt::format("entry '{}' is none of a bundle's", entry.path));
    if (const auto why = rules.admit(*what, entry.size); !why.empty()) {
      return tar.refuse(fmt::format("entry '{}': {}", entry.path, why));
    }
    if (what->kind == EntryKind::fragment) {
      if (!entry.file || *entry.file != rules.file()) {
        return tar.refuse(fmt::format("entry '{}' is a fragment of another file", entry.path));
      }
      add_ref({what->pos, static_cast<int>(bundles_.size()), entry.data_offset, entry.size, name});
    } else if (what->kind == EntryKind::header || what->kind == EntryKind::manifest) {
      data.resize(static_cast<std::size_t>(entry.size));
      CESS_TRY(tar.read(data));
      if (what->kind == EntryKind::header) {
        if (auto ok = rules.set_header(data); !ok) return tar.refuse(ok.error().message);
        CESS_TRY(set_header(data, name));
      } else {
        if (const auto why = rules.add_manifest(data); !why.empty()) return tar.refuse(why);
        CESS_TRY(set_manifest(data, name));
      }
    }
  }
  if (const auto why = rules.end(); !why.empty()) return tar.refuse(why);
  bundles_.push_back({std::move(fd), name});
  return {};
}

// A folder need not be whole: its header and manifest may lie elsewhere.
Status FragmentSet::add_folder(const std::string& path) {
  if (path_exists(path + "/header")) {
    CESS_TRY_ASSIGN(const auto bytes, read_file(path + "/header", kHeaderSizeMax));
    CESS_TRY(set_header(bytes, path));
  }
  if (path_exists(path + "/manifest.json")) {
    CESS_TRY_ASSIGN(const auto text, read_file(path + "/manifest.json", kManifestSizeMax));
    CESS_TRY(set_manifest(text, path + "/manifest.json"));
  }
  if (!path_exists(path + "/fragments")) return {};
  CESS_TRY_ASSIGN(const auto names, list_dir(path + "/fragments"));
  for (const std::string& name : names) {
    if (parse_entry_name("fragments/" + name)) loose_.push_back(path + "/fragments/" + name);
  }
  return {};
}

// Known by name, else by root: a store names its files by other rules than a bundle.
Status FragmentSet::add_loose(const std::string& path) {
  const Profile& p = manifest_->profile();
  CESS_TRY_ASSIGN(const auto size, file_size(path));
  FragmentRef ref{{}, -1, 0, size, path};
  if (const auto name = parse_entry_name("fragments/" + base_name(path))) {
    ref.pos = name->pos;
    add_ref(std::move(ref));
    return {};
  }
  if (size == 0 || size > p.fragment_size) {
    strangers_.push_back(path);
    return {};
  }
  CESS_TRY_ASSIGN(const auto bytes, read_file(path, p.fragment_size));
  const Hash256 root = fragment_root(bytes);
  for (std::uint32_t s = 0; s < manifest_->segments.size(); ++s) {
    const auto& roots = manifest_->segments[s].roots;
    const auto found = std::find(roots.begin(), roots.end(), root);
    if (found == roots.end()) continue;
    const auto column = static_cast<unsigned>(found - roots.begin());
    ref.pos = {s, static_cast<std::uint16_t>(column % p.n()),
               static_cast<std::uint16_t>(column / p.n())};
    add_ref(std::move(ref));
    return {};
  }
  strangers_.push_back(path);
  return {};
}

Status FragmentSet::add_input(const std::string& path) {
  CESS_TRY_ASSIGN(const auto is_folder, [&]() -> Result<bool> {
    struct stat st {};
    if (path == "-") return false;
    if (::stat(path.c_str(), &st) != 0) return system_error("cannot open", path, errno);
    return S_ISDIR(st.st_mode);
  }());
  if (is_folder) return add_folder(path);
  CESS_TRY_ASSIGN(Fd fd, open_read(path));
  const std::string name = path == "-" ? "standard input" : path;
  CESS_TRY_ASSIGN(const auto st, examine(fd.get(), name));
  if (!S_ISREG(st.st_mode)) {
    return fail(Code::usage, fmt::format("cannot read '{}' in any order: not a regular file", name),
                name, "give a pipe as the only input, without --range");
  }
  // A bundle is tar and opens with the entry "header"; either sign will do, so that one damaged
  // byte does not hide it. Anything else is a loose fragment.
  std::array<std::uint8_t, 512> first{};
  CESS_TRY(pread_full(fd.get(), first, 0, name));
  const std::string_view text = as_text(first);
  if (text.starts_with(std::string_view("header\0", 7)) || text.substr(257, 5) == "ustar" ||
      name.ends_with(".tar")) {
    return add_bundle(std::move(fd), name);
  }
  loose_.push_back(path);
  return {};
}

Status FragmentSet::finish() {
  if (!manifest_ && !loose_.empty()) {
    const std::string name = loose_.front() == "-" ? "standard input" : loose_.front();
    return fail(Code::input, fmt::format("'{}' is not a bundle", name), name,
                "loose fragments need --manifest FILE");
  }
  if (!manifest_) {
    return fail(Code::usage, "cannot decode without a manifest", {}, "give --manifest FILE");
  }
  for (const std::string& path : loose_) CESS_TRY(add_loose(path));
  const Profile& p = manifest_->profile();
  for (auto& [segment, refs] : refs_) {
    std::stable_sort(refs.begin(), refs.end(), [](const FragmentRef& a, const FragmentRef& b) {
      return std::pair(a.pos.index, a.pos.replica) < std::pair(b.pos.index, b.pos.replica);
    });
    for (const FragmentRef& r : refs) {
      if (segment >= manifest_->segments.size() || r.pos.index >= p.n() ||
          r.pos.replica >= p.copies) {
        return fail(
            Code::input,
            fmt::format("refused '{}': the file has no fragment {}", r.path, fragment_name(r.pos)),
            r.path);
      }
    }
  }
  return {};
}

Result<FragmentSet> FragmentSet::open(const std::vector<std::string>& inputs,
                                      const std::string& manifest_path) {
  FragmentSet set;
  if (!manifest_path.empty()) {
    CESS_TRY_ASSIGN(const auto text, read_file(manifest_path, kManifestSizeMax));
    CESS_TRY(set.set_manifest(text, manifest_path));
  }
  for (const std::string& path : inputs) CESS_TRY(set.add_input(path));
  CESS_TRY(set.finish());
  return set;
}

const std::vector<FragmentRef>& FragmentSet::at(std::uint32_t segment) const {
  static const std::vector<FragmentRef> kNone;
  const auto found = refs_.find(segment);
  return found == refs_.end() ? kNone : found->second;
}

Status FragmentSet::read(const FragmentRef& ref, std::uint64_t offset, MutByteView out) const {
  const auto short_read = [&] {
    return fail(Code::input,
                fmt::format("'{}' ends inside fragment {}", ref.path, fragment_name(ref.pos)),
                ref.path);
  };
  if (offset + out.size() > ref.size) return short_read();
  std::size_t got = 0;
  if (ref.origin >= 0) {
    const Bundle& b = bundles_[static_cast<std::size_t>(ref.origin)];
    CESS_TRY_ASSIGN(got, pread_full(b.fd.get(), out, ref.offset + offset, b.name));
  } else {
    CESS_TRY_ASSIGN(const Fd fd, open_read(ref.path));
    CESS_TRY_ASSIGN(got, pread_full(fd.get(), out, offset, ref.path));
  }
  if (got != out.size()) return short_read();
  return {};
}

}  // namespace cess
