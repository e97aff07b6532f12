// SPDX-License-Identifier: Apache-2.0
// A store as the prover sees it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "audit/prover.hpp"
#include "store/store.hpp"

namespace cess {

class StoreSource final : public AuditSource {
 public:
  static Result<std::unique_ptr<StoreSource>> open(const std::string& path);
  /// Sees what a writer has committed meanwhile.
  Status refresh() { return store_->refresh(); }
  MinerId miner() override { return store_->config().miner; }
  Result<SumNode> index_root() override { return store_->service_root(); }
  Result<std::uint64_t> index_count() override { return store_->service_count(); }
  Result<Hit> find(std::uint64_t block) override;
  Result<std::vector<SumNode>> path(std::uint64_t position) override {
    return store_->service_path(position);
  }
  Result<Descriptor> descriptor(const FragId& frag) override;
  Result<TagFile> tag_file(const FragId& frag) override;
  Result<TaggerPublic> tagger(const TaggerId& id) override;
  Status read(const FragId& frag, std::uint64_t offset, MutByteView out) override {
    return store_->read(frag, offset, out);
  }
  /// Code::no: not there. Marks it when it is damaged.
  Result<bool> check(const FragId& frag) { return store_->check_fragment(frag); }
  [[nodiscard]] const StoreReader& store() const { return *store_; }

 private:
  explicit StoreSource(std::unique_ptr<StoreReader> store) : store_(std::move(store)) {}
  std::unique_ptr<StoreReader> store_;
  std::map<TaggerId, TaggerPublic> keys_;  ///< read before; one thread
};

}  // namespace cess
