// SPDX-License-Identifier: Apache-2.0
#include "transfer/miner_port.hpp"

#include <algorithm>

#include "proto/fragment_client.hpp"

namespace cess::transfer {
namespace {

class Link : public MinerLink {
 public:
  explicit Link(proto::FragmentClient client) : client_(std::move(client)) {}

  Result<std::vector<bool>> held(const Fid& fid, std::uint16_t column, std::uint32_t first,
                                 std::uint32_t count) override {
    return client_.held(fid, column, first, count);
  }
  Status put_manifest(const Fid& fid, ByteView text) override {
    return client_.put_manifest(fid, text);
  }
  Status put_tagger(const Fid& fid, const TaggerId& id, ByteView file) override {
    return client_.put_tagger(fid, id, file);
  }
  Status put_fragment(const Fid& fid, std::uint32_t segment, std::uint16_t column,
                      const Hash256& root, ByteView data, ByteView tags) override {
    return client_.put_fragment({fid, segment, column}, data, tags, root);
  }
  Result<Bytes> sign_receipt(const files::SlotReceipt& receipt) override {
    CESS_TRY_ASSIGN(const auto signature, client_.sign_receipt(receipt.fid, encode_scale(receipt)));
    return Bytes(signature.begin(), signature.end());
  }
  Result<Bytes> get_manifest(const Fid& fid) override { return client_.get_manifest(fid); }
  Result<Bytes> get_fragment(const Fid& fid, std::uint32_t segment, std::uint16_t column,
                             std::uint32_t length) override {
    return client_.get_fragment(proto::FragmentAt{fid, segment, column}, 0, length);
  }
  Result<Bytes> get_segment_tags(const Fid& fid, std::uint32_t segment) override {
    return client_.get_segment_tags(fid, segment);
  }
  Result<Bytes> get_tagger(const Fid& fid, const TaggerId& id) override {
    return client_.get_tagger(fid, id);
  }
  void abort() override { client_.abort(); }

 protected:
  proto::FragmentClient& client() { return client_; }

 private:
  proto::FragmentClient client_;
};

class PaidLink final : public Link {
 public:
  PaidLink(proto::FragmentClient client, Purse& purse, const AccountId& miner)
      : Link(std::move(client)), purse_(purse), miner_(miner) {}
  Result<Bytes> get_fragment(const Fid& fid, std::uint32_t segment, std::uint16_t column,
                             std::uint32_t length) override {
    Bytes out;
    while (out.size() < length) {
      const std::uint64_t piece = std::min<std::uint64_t>(kPaidPieceMax, length - out.size());
      CESS_TRY_ASSIGN(const Bytes data,
                      purse_.fetch(client(), miner_, {fid, segment, column}, out.size(), piece));
      if (data.size() != piece) return data;  // which no root fits
      append(out, data);
    }
    return out;
  }

 private:
  Purse& purse_;
  AccountId miner_;
};

class PaidLinks final : public MinerLinks {
 public:
  PaidLinks(const Hash256& genesis, Purse& purse) : genesis_(genesis), purse_(purse) {}
  Result<std::unique_ptr<MinerLink>> open(const AccountId& id,
                                          const miners::Miner& miner) override {
    CESS_TRY_ASSIGN(const auto server, proto::parse_miner_endpoint(miner.endpoint));
    return std::make_unique<PaidLink>(
        proto::FragmentClient(server, miner.sign_key, genesis_, nullptr), purse_, id);
  }

 private:
  Hash256 genesis_;
  Purse& purse_;
};

class Links final : public MinerLinks {
 public:
  Links(const Hash256& genesis, const Key256* seed) : genesis_(genesis), seed_(seed) {}
  Result<std::unique_ptr<MinerLink>> open(const AccountId& /*id*/,
                                          const miners::Miner& miner) override {
    CESS_TRY_ASSIGN(const auto server, proto::parse_miner_endpoint(miner.endpoint));
    return std::make_unique<Link>(proto::FragmentClient(server, miner.sign_key, genesis_, seed_));
  }

 private:
  Hash256 genesis_;
  const Key256* seed_;
};

}  // namespace

std::unique_ptr<MinerLinks> open_miners(const Hash256& genesis, const Key256* seed) {
  return std::make_unique<Links>(genesis, seed);
}

std::unique_ptr<MinerLinks> open_paid_miners(const Hash256& genesis, Purse& purse) {
  return std::make_unique<PaidLinks>(genesis, purse);
}

}  // namespace cess::transfer
