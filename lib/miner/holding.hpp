// SPDX-License-Identifier: Apache-2.0
// What the chain gives a miner against what is on its shelf, once an audit epoch and whenever a
// fragment is marked damaged:
//
//   the chain's, not on the shelf or damaged  -> reported lost, for a tenth of a failed audit's
//   fine on the shelf, not the chain's any more    -> noted; removed when no audit can ask for it
//
// An audit asks for the index as of its snapshot, so what left the index is kept until the rounds
// are over whose snapshot may have it (client::AuditClock). Notes are not remembered: a restart
// keeps leftovers an epoch longer.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "chain/client/audits.hpp"
#include "chain/state/audits/index.hpp"
#include "miner/ports.hpp"
#include "miner/shelf.hpp"

namespace cess::miner {

class HoldingChain {
 public:
  virtual ~HoldingChain() = default;
  /// Code::peer: no node that is in sync.
  virtual Result<client::AuditClock> clock() = 0;
  virtual Result<Height> height() = 0;
  /// The service index of this miner; blocks may have come while it was read.
  virtual Result<std::vector<ServiceEntry>> index() = 0;
  /// Whether this fragment stands in it now.
  virtual Result<bool> holds(const FragId& frag) = 0;
  /// Whether this miner is drawn for the fragment, or has claimed to make it again.
  virtual Result<bool> expects(const Fid& fid, std::uint32_t segment, std::uint16_t index,
                               std::uint16_t replica) = 0;
  /// Whether any fragment of the file may come yet.
  virtual Result<bool> expects_any(const Fid& fid) = 0;
  /// 1 to files::kLostMax of them.
  virtual Result<Pending> report_lost(std::vector<FragId> fragments) = 0;
};

struct HoldingOptions {
  /// When more than so many are gone, and more than half of all, it is perhaps the wrong store that
  /// was opened: nothing is reported then, but said.
  std::size_t lost_max = 64;
  bool report_any = false;          ///< report even so
  std::uint32_t retry_blocks = 20;  ///< after a report that did not get into the chain
};

/// For people.
struct HoldingReport {
  std::uint64_t lost = 0;      ///< gone, and not yet reported
  std::uint64_t left = 0;      ///< on the shelf, not the chain's
  std::uint64_t unknown = 0;   ///< of them: of files without a manifest; kept
  std::uint64_t reported = 0;  ///< since the start
  std::uint64_t removed = 0;   ///< since the start
  std::string waits;           ///< why lost ones are not reported
};

class HoldingDuty {
 public:
  struct Parts {
    Shelf& shelf;
    HoldingChain& chain;
    std::function<void(const std::string&)> log;
    std::function<bool()> stopped;
  };
  explicit HoldingDuty(Parts parts, HoldingOptions options = {})
      : p_(std::move(parts)), options_(options) {}

  /// Errors of the chain or of the store as a whole.
  Status step();
  /// Any thread.
  [[nodiscard]] HoldingReport report() const;

 private:
  Status look_at_all();
  Status look_at_marks();
  Status find_lost(const std::vector<ServiceEntry>& index);
  Status clear(const std::vector<ServiceEntry>& index);
  Result<bool> is_wanted(const StoredFragment& stored, const Fid& fid);
  Status clear_manifests();
  Status tell_chain();
  [[nodiscard]] bool is_whole(const FragId& frag) const;
  void publish();

  Parts p_;
  HoldingOptions options_;
  std::optional<Epoch> looked_;    ///< epoch of the last look at everything
  Epoch snapshot_ = 0;             ///< newest that was seen
  std::map<FragId, Epoch> noted_;  ///< left over, and the snapshot they may stand in
  std::set<Fid> manifests_;        ///< without fragments, seen once
  std::set<FragId> lost_;
  std::size_t held_count_ = 0;
  Height retry_at_ = 0;
  std::set<FragId> marks_;  ///< of damage, judged already
  std::string said_;
  HoldingReport now_;
  mutable std::mutex mutex_;
  HoldingReport report_;
};

}  // namespace cess::miner
