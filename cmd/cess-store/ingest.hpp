// SPDX-License-Identifier: Apache-2.0
// A bundle into a store: segment by segment, each acknowledged when it is safe; the manifest is the
// judge of all of it at the end. Holds one fragment and one segment's tag files in memory.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "codec/bundle.hpp"
#include "codec/manifest.hpp"
#include "json/json.hpp"
#include "store/writer.hpp"

namespace cess {

/// Which columns to keep: nothing means all.
using Columns = std::optional<std::set<std::uint32_t>>;
/// "3", "3,7", "0-2,9"; Code::usage.
Result<Columns> parse_columns(std::string_view text);

class Ingest {
 public:
  using Ack = std::function<Status(const StoredFragment&)>;
  Ingest(Store& store, Columns columns, Ack ack);
  ~Ingest();

  struct Done {
    Fid fid;
    FileId file;
    std::uint64_t length = 0;
    std::uint64_t fragment_count = 0;  ///< of this bundle, kept here
  };
  /// Reads the bundle to its end.
  Result<Done> run(BundleSource& source);
  /// Refuses at once what the manifest shows will not fit. `manifest` has been parsed.
  Status check_room(const Manifest& manifest) const;

 private:
  Status take(const BundleEntry& entry);
  Status take_header(const BundleEntry& entry);
  Status take_fragment(const BundleEntry& entry);
  Status enter_segment(std::uint32_t segment);
  Status flush();
  Status judge(const Manifest& manifest) const;
  [[nodiscard]] bool keeps(std::uint32_t column) const {
    return !columns_ || columns_->contains(column);
  }

  Store& store_;
  Columns columns_;
  Ack ack_;
  std::optional<FileHeader> header_;
  FileId file_;
  std::unique_ptr<SegmentPut> group_;
  std::optional<Bytes> manifest_;
  std::uint64_t kept_count_ = 0;
  std::optional<std::uint32_t> last_segment_;
};

/// The acknowledgement of one fragment as a JSON line, cess.ack/1.
Json ack_document(const StoredFragment& fragment);

}  // namespace cess
