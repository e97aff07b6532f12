// SPDX-License-Identifier: Apache-2.0
// Which of the tag files that sources offer to believe.
#include "base/hex.hpp"
#include "repair.hpp"

namespace cess {

TagChoice::TagChoice(const Manifest& manifest, std::uint32_t segment,
                     const std::vector<RepairSource*>& active,
                     const std::vector<std::unique_ptr<RepairSource>>& all, const Warn& warn) {
  for (RepairSource* source : active) {
    for (const Bytes& bytes : source->tag_files(segment)) {
      const auto tags = parse_tag_file(bytes);
      const Status good =
          tags ? judge(manifest, segment, *tags, all) : Status(tl::unexpected(tags.error()));
      if (!good) {
        skipped_ = true;
        warn("'" + source->name() + "': skipped a tag file of segment " + std::to_string(segment) +
             ": " + good.error().message);
        continue;
      }
      const Descriptor& d = tags->descriptor;
      const FragmentPos pos{segment, d.fragment, d.replica};
      if (d.tagger.is_zero()) {
        untagged_.insert(pos);
      } else {
        files_.emplace(pos, bytes);
      }
    }
  }
}

Status TagChoice::judge(const Manifest& manifest, std::uint32_t segment, const TagFile& tags,
                        const std::vector<std::unique_ptr<RepairSource>>& all) {
  const Descriptor& d = tags.descriptor;
  const std::string what = "of fragment " + fragment_name({d.segment, d.fragment, d.replica});
  const std::uint32_t n = manifest.profile().n();
  const SegmentInfo& info = manifest.segments[segment];
  const std::size_t column = std::size_t{d.replica} * n + d.fragment;
  if (d.file != manifest.file || d.segment != segment || d.fragment >= n ||
      column >= info.roots.size() || d.root != info.roots[column] ||
      d.length != info.fragment_length) {
    return fail(Code::input, "that " + what + " does not fit the manifest");
  }
  if (d.tagger.is_zero()) return {};
  const TaggerHead* head = key_of(d.tagger, all);
  if (head == nullptr) {
    return fail(Code::input,
                "no source has a good key of '" + to_hex(d.tagger) + "', who made that " + what);
  }
  if (verify_tag_signature(tags, *head)) return {};
  return fail(Code::input, "that " + what + " has a wrong signature");
}

const TaggerHead* TagChoice::key_of(const TaggerId& id,
                                    const std::vector<std::unique_ptr<RepairSource>>& all) {
  const auto known = heads_.find(id);
  if (known != heads_.end()) return &known->second;
  for (const auto& source : all) {
    auto key = source->tagger(id);
    if (!key) continue;
    const auto head = parse_tagger_head(*key);
    if (!head || head->id != id) continue;
    keys_.emplace(id, std::move(*key));
    return &heads_.emplace(id, *head).first->second;
  }
  return nullptr;
}

}  // namespace cess
