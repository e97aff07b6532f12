// SPDX-License-Identifier: Apache-2.0
#include "miner/stoppable_links.hpp"

#include <mutex>
#include <set>

namespace cess::miner {

using transfer::MinerLink;

struct StoppableLinks::Open {
  std::mutex mutex;
  std::set<MinerLink*> links;
  bool aborted = false;
};

namespace {

class StoppableLink final : public MinerLink {
 public:
  StoppableLink(std::unique_ptr<MinerLink> inner, std::shared_ptr<StoppableLinks::Open> open)
      : inner_(std::move(inner)), open_(std::move(open)) {
    const std::lock_guard lock(open_->mutex);
    open_->links.insert(inner_.get());
    if (open_->aborted) inner_->abort();
  }
  ~StoppableLink() override {
    const std::lock_guard lock(open_->mutex);
    open_->links.erase(inner_.get());
  }
  StoppableLink(const StoppableLink&) = delete;
  StoppableLink& operator=(const StoppableLink&) = delete;

  Result<std::vector<bool>> held(const Fid& fid, std::uint16_t column, std::uint32_t first,
                                 std::uint32_t count) override {
    return inner_->held(fid, column, first, count);
  }
  Status put_manifest(const Fid& fid, ByteView text) override {
    return inner_->put_manifest(fid, text);
  }
  Status put_tagger(const Fid& fid, const TaggerId& id, ByteView file) override {
    return inner_->put_tagger(fid, id, file);
  }
  Status put_fragment(const Fid& fid, std::uint32_t segment, std::uint16_t column,
                      const Hash256& root, ByteView data, ByteView tags) override {
    return inner_->put_fragment(fid, segment, column, root, data, tags);
  }
  Result<Bytes> sign_receipt(const files::SlotReceipt& receipt) override {
    return inner_->sign_receipt(receipt);
  }
  Result<Bytes> get_manifest(const Fid& fid) override { return inner_->get_manifest(fid); }
  Result<Bytes> get_fragment(const Fid& fid, std::uint32_t segment, std::uint16_t column,
                             std::uint32_t length) override {
    return inner_->get_fragment(fid, segment, column, length);
  }
  Result<Bytes> get_segment_tags(const Fid& fid, std::uint32_t segment) override {
    return inner_->get_segment_tags(fid, segment);
  }
  Result<Bytes> get_tagger(const Fid& fid, const TaggerId& id) override {
    return inner_->get_tagger(fid, id);
  }
  void abort() override { inner_->abort(); }

 private:
  std::unique_ptr<MinerLink> inner_;
  std::shared_ptr<StoppableLinks::Open> open_;
};

}  // namespace

StoppableLinks::StoppableLinks(transfer::MinerLinks& inner)
    : inner_(inner), open_(std::make_shared<Open>()) {}
StoppableLinks::~StoppableLinks() = default;

Result<std::unique_ptr<MinerLink>> StoppableLinks::open(const AccountId& id,
                                                        const miners::Miner& miner) {
  CESS_TRY_ASSIGN(auto link, inner_.open(id, miner));
  return std::make_unique<StoppableLink>(std::move(link), open_);
}

void StoppableLinks::abort() {
  const std::lock_guard lock(open_->mutex);
  open_->aborted = true;
  for (MinerLink* link : open_->links) link->abort();
}

}  // namespace cess::miner
