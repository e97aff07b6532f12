// SPDX-License-Identifier: Apache-2.0
// What holds of files after every block, found again from the records alone: space of territories
// and miners is what files, deals, claims and declarations say, and every living fragment stands in
// exactly one index.
#include <map>

#include "chain/state/files/internal.hpp"
#include "chain/state/territory/territory.hpp"

namespace cess::files {
namespace {

struct Space {
  std::uint64_t used = 0;
  std::uint64_t locked = 0;
};

struct Sums {
  std::map<std::uint64_t, Space> territories;
  std::map<AccountId, Space> miners;  // used: service
  std::map<AccountId, std::uint64_t> living;
};

Status broken(const Fid& fid, const std::string& what) {
  return fail(Code::no, "file " + to_hex(fid) + ": " + what);
}

Status count_owners(const State& state, const Fid& fid, const File& file, Sums& sums) {
  std::uint32_t count = 0;
  Status status;
  kOwners.scan(
      state,
      [&](const auto& key, const Owner& o) {
        ++count;
        auto& space = sums.territories[o.territory];
        (file.state == FileState::placing ? space.locked : space.used) += file.stored_bytes;
        const AccountId who = std::get<1>(key);
        const auto grants = kGrants.keys(state, ~std::size_t{0}, fid, who).size();
        if (grants != o.grant_count || kTerritoryFiles.get(state, o.territory, fid) != who) {
          status = broken(fid, "an owner's record is wrong");
        }
        return status.has_value();
      },
      fid);
  CESS_TRY(status);
  if (count != file.owner_count) return broken(fid, "number of owners is wrong");
  const bool owned = file.state == FileState::placing || file.state == FileState::active;
  if (owned && count == 0) return broken(fid, "nobody owns it");
  return {};
}

Status count_slots(const State& state, const Fid& fid, const File& file, Sums& sums) {
  std::uint32_t reported = 0;
  std::uint32_t count = 0;
  kSlots.scan(
      state,
      [&](const auto& key, const Slot& slot) {
        ++count;
        if (slot.reported) {
          ++reported;
        } else {
          sums.miners[slot.miner].locked += slot_bytes(file, std::get<1>(key));
        }
        return true;
      },
      fid);
  if (file.state == FileState::placing && reported != file.reported_count) {
    return broken(fid, "number of reports is wrong");
  }
  if (file.state == FileState::active && (count != file.slot_count || reported != count)) {
    return broken(fid, "active without all reports");
  }
  return {};
}

Status count_fragments(const State& state, const Fid& fid, const File& file, Sums& sums) {
  Status status;
  kPages.scan(
      state,
      [&](const auto& key, const FragmentPage& page) {
        const auto column = std::get<1>(key);
        for (std::size_t i = 0; i < page.fragments.size() && status; ++i) {
          const Fragment& f = page.fragments[i];
          const auto segment = static_cast<std::uint32_t>(std::get<2>(key) * kPageFragments + i);
          const auto holder = f.frag.is_zero() ? std::nullopt : index_holder(state, f.frag);
          if (holder.has_value() != f.living) status = broken(fid, "index and fragment differ");
          if (holder) {
            sums.miners[holder->miner].used += fragment_length(file, segment);
            ++sums.living[holder->miner];
          }
          const Bytes missing = kMissing.get_or_default(state, fid, segment);
          const bool marked = column / 8U < missing.size() &&
                              (unsigned{missing[column / 8U]} >> (column % 8U) & 1U) != 0;
          if (marked != (!f.frag.is_zero() && !f.living)) {
            status = broken(fid, "missing fragments are not marked as such");
          }
          if (kRestorals.has(state, fid, segment, column) && f.living) {
            status = broken(fid, "a restoral of what is there");
          }
        }
        return status.has_value();
      },
      fid);
  return status;
}

Status compare(const State& state, const Sums& sums) {
  Status status;
  territory::kTerritories.scan(state, [&](const auto& key, const territory::Territory& t) {
    const auto it = sums.territories.find(std::get<0>(key));
    const Space s = it == sums.territories.end() ? Space{} : it->second;
    if (s.used != t.used || s.locked != t.locked) {
      status = fail(Code::no, "files: territory '" + t.name + "' counts other space");
    }
    return status.has_value();
  });
  CESS_TRY(status);
  miners::kMiners.scan(state, [&](const auto& key, const miners::Miner& m) {
    const AccountId id = std::get<0>(key);
    const auto it = sums.miners.find(id);
    const Space s = it == sums.miners.end() ? Space{} : it->second;
    const auto living = sums.living.find(id);
    const ServiceTotals totals = service_totals(state, id);
    if (s.used != m.service || s.locked != m.locked || totals.bytes != m.service ||
        totals.fragments != (living == sums.living.end() ? 0 : living->second)) {
      status = fail(Code::no, "files: miner " + to_ss58(id) + " counts other space");
    }
    return status.has_value();
  });
  return status;
}

}  // namespace

Status check_file_invariants(const State& state) {
  Sums sums;
  Status status;
  kFiles.scan(state, [&](const auto& key, const File& file) {
    const Fid fid = std::get<0>(key);
    status = count_owners(state, fid, file, sums);
    if (status) status = count_slots(state, fid, file, sums);
    if (status) status = count_fragments(state, fid, file, sums);
    return status.has_value();
  });
  CESS_TRY(status);
  kRestorals.scan(state, [&](const auto& key, const RestoralOrder& o) {
    const auto file = kFiles.get(state, std::get<0>(key));
    if (!file) status = broken(std::get<0>(key), "a restoral without a file");
    if (file && !o.claimant.is_zero()) {
      sums.miners[o.claimant].locked += fragment_length(*file, std::get<1>(key));
    }
    return status.has_value();
  });
  CESS_TRY(status);
  kDrafts.scan(state, [&](const auto&, const Draft& d) {
    sums.territories[d.territory].locked += d.file.stored_bytes;
    return true;
  });
  kJoining.scan(state, [&](const auto&, const Joining& j) {
    sums.territories[j.territory].locked += j.bytes;
    return true;
  });
  return compare(state, sums);
}

}  // namespace cess::files
