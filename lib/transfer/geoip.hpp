// SPDX-License-Identifier: Apache-2.0
// What a GeoIP database says of miners' addresses, against what they say of themselves. The chain
// draws by the region that a miner declares; a user who has a database (MaxMind DB format 2.0, of
// countries or of cities, any maker's) need not believe that.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "chain/state/files/files.hpp"
#include "chain/state/miners/miners.hpp"

namespace cess::transfer {

/// What a database knows of an address; any of it may be missing.
struct GeoRecord {
  std::string country;               ///< "DE"; empty: not known
  std::vector<std::string> regions;  ///< parts of it: "DE-BY"
  std::optional<miners::Place> place;
};

class GeoDatabase {
 public:
  /// Code::system: cannot be read; Code::input: no such database.
  static Result<GeoDatabase> open(const std::string& path);
  GeoDatabase(GeoDatabase&&) noexcept;
  GeoDatabase& operator=(GeoDatabase&&) noexcept;
  ~GeoDatabase();

  /// Nothing: the address is in no entry, as those of private networks. Code::input: the file is
  /// damaged.
  [[nodiscard]] Result<std::optional<GeoRecord>> find(const miners::IpAddress& ip) const;

 private:
  struct Impl;
  explicit GeoDatabase(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Whether the record shows that an address is not where the rule wants it: another country,
/// another part when the rule names parts and the record does, a place outside of the polygon. What
/// the record does not say contradicts nothing.
[[nodiscard]] bool contradicts(const files::RegionRule& rule, const GeoRecord& record);

/// The addresses of a miner: what it declared, and what its endpoint stands for. A name that cannot
/// be resolved adds none.
std::vector<miners::IpAddress> addresses_of(const miners::Miner& miner);

/// Adds to the rule's `deny` each of `all` that the rule would admit by what it declares and whose
/// addresses contradict it. Returns who was added. Code::input: more than a rule may list
/// (files::kListedMax).
Result<std::vector<AccountId>> deny_misplaced(
    files::RegionRule& rule, const GeoDatabase& database,
    const std::vector<std::pair<AccountId, miners::Miner>>& all);

}  // namespace cess::transfer
