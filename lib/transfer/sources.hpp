// SPDX-License-Identifier: Apache-2.0
// Who holds the fragments of a file: at first whom the chain drew for each slot, and once that one
// does not have it, whom the chain's index names since. One thread.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "transfer/ports.hpp"

namespace cess::transfer {

struct Source {
  AccountId id;
  miners::Miner miner;
};

class Sources {
 public:
  /// `chain` outlives it.
  Sources(const Fid& fid, ChainPort& chain) : fid_(fid), chain_(chain) {}

  /// Reads file and slots, and forgets what is known of miners. Code::no: no such file, or its
  /// miners are not drawn yet.
  Status refresh();
  [[nodiscard]] const files::File& file() const { return file_; }
  /// Everybody who was drawn, each once, in order of the slots, then who holds fragments of the
  /// first segment since.
  Result<std::vector<Source>> all();
  /// Code::no: nobody holds it now.
  Result<Source> of(std::uint32_t segment, std::uint16_t column);
  /// Who was drawn does not give it.
  void doubt(std::uint32_t segment, std::uint16_t column) { doubted_.insert({segment, column}); }

 private:
  Result<miners::Miner> miner(const AccountId& id);

  Fid fid_;
  ChainPort& chain_;
  files::File file_;
  std::map<std::pair<std::uint32_t, std::uint16_t>, AccountId> drawn_;  // stripe, column
  std::set<std::pair<std::uint32_t, std::uint16_t>> doubted_;           // segment, column
  std::map<AccountId, miners::Miner> miners_;
};

}  // namespace cess::transfer
