// SPDX-License-Identifier: Apache-2.0
// Fragments that can be read in any order, wherever they lie: bundle files, folders, loose files.
// Opening reads headers and manifests and notes where the fragments are; their bytes are read when
// they are wanted. Everything must be of one file: another file's parts are refused by id.
// After opening, any number of threads may read.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "codec/bundle.hpp"
#include "codec/manifest.hpp"
#include "sys/file.hpp"

namespace cess {

/// Where one fragment's bytes are.
struct FragmentRef {
  FragmentPos pos;
  int origin = -1;           ///< index of an open bundle; -1: a file of its own at `path`
  std::uint64_t offset = 0;  ///< in the bundle
  std::uint64_t size = 0;
  std::string path;
};

class FragmentSet {
 public:
  /// `inputs` are bundle files, folders, or loose fragment files; these need `manifest_path`, and
  /// are known by their name (SSSSSSSS-III-RRR.frag) or else by their root. "-" is standard input
  /// if that is a regular file. `manifest_path` may be empty. Code::input for a mixture of files.
  static Result<FragmentSet> open(const std::vector<std::string>& inputs,
                                  const std::string& manifest_path);

  [[nodiscard]] const Manifest& manifest() const { return *manifest_; }
  [[nodiscard]] const Profile& profile() const { return manifest_->profile(); }
  /// The fragments of a segment, lowest index first; empty if none is at hand.
  [[nodiscard]] const std::vector<FragmentRef>& at(std::uint32_t segment) const;
  /// Bytes [offset, offset + out.size()) of a fragment. Code::input if it ends before.
  Status read(const FragmentRef& ref, std::uint64_t offset, MutByteView out) const;
  /// Loose files that are no fragment of this file.
  [[nodiscard]] const std::vector<std::string>& strangers() const { return strangers_; }

 private:
  struct Bundle {
    Fd fd;
    std::string name;
  };
  Status add_input(const std::string& path);
  Status add_bundle(Fd fd, const std::string& name);
  Status add_folder(const std::string& path);
  Status add_loose(const std::string& path);
  Status set_header(ByteView bytes, const std::string& name);
  Status set_manifest(ByteView text, const std::string& name);
  void add_ref(FragmentRef ref);
  Status finish();

  std::optional<FileId> file_;
  std::string file_from_;  // which input said so
  std::optional<Manifest> manifest_;
  std::vector<Bundle> bundles_;
  std::map<std::uint32_t, std::vector<FragmentRef>> refs_;
  std::vector<std::string> loose_;
  std::vector<std::string> strangers_;
};

}  // namespace cess
