// SPDX-License-Identifier: Apache-2.0
// The mixed load: of ten transactions six transfers, two receipts of miners (files.report), one
// declaration of a file, one (de)registration of a cacher. Everything succeeds: miners, territories
// and the files whose receipts will come are made before the clock starts. A file has two fragments
// of a segment; a report has one receipt, which the chain checks beside the sender's signature.
#pragma once

#include "chain/state/delivery/calls.hpp"
#include "chain/state/files/calls.hpp"
#include "chain/state/files/layout.hpp"
#include "chain/state/miners/calls.hpp"
#include "chain/state/territory/calls.hpp"
#include "crypto/ed25519.hpp"
#include "load_common.hpp"

namespace cess {

constexpr std::uint64_t kFirstMiner = 1'000'000'000;  // numbers of keys
constexpr std::uint64_t kMiners = 32;
constexpr std::uint64_t kDeclarers = 500;
constexpr std::uint64_t kReporters = 1'000;
constexpr std::uint64_t kCachers = 500;
constexpr std::uint64_t kRoles = kDeclarers + kReporters + kCachers;

/// Miners' stakes, and times of the public network: no audit and no redraw while it is measured.
inline void mix_genesis(Json& spec) {
  for (std::uint64_t i = 0; i < kMiners; ++i) {
    spec["genesis"]["accounts"]["balances"].push_back(
        {{"account", to_ss58(sender_key(kFirstMiner + i).id)},
         {"amount", to_decimal(Amount{5'000} * kBaseUnitsPerToken)}});
  }
  spec["params"]["system"]["blocks_per_epoch"] = 600;
  spec["params"]["files"]["deal_blocks"] = 600;
}

class Mix {
 public:
  Mix(Rpc& rpc, const Args& args)
      : rpc_(rpc),
        signer_(rpc.call("node_info"), 0),
        senders_(number(args, "senders", 20'000)),
        crowd_(number(args, "crowd", 1'000'000)) {
    CESS_CHECK(senders_ > kRoles && crowd_ != 0);
  }

  /// Makes what the load rests on, then the load.
  Load prepare(std::size_t count) {
    Load actors;
    for (std::uint64_t i = 0; i < kMiners; ++i)
      actors.add(signer_.sign(kFirstMiner + i, miners::kModule, 0, registration(i)));
    send(actors);
    Load leases;
    for (std::uint64_t i = 0; i < kDeclarers; ++i)
      leases.add(
          signer_.sign(i, territory::kModule, 0, territory::Mint{"load", 1, 30, std::nullopt}));
    send(leases);
    const std::size_t reports = (count + 4) / 5;
    Load first;
    for (std::size_t i = 0; i * 2 < reports; ++i) first.add(declare());
    send(first);
    const auto receipts = drawn(reports);
    Load load;
    for (std::size_t n = 0; n < count; ++n) load.add(one(n, receipts));
    return load;
  }

 private:
  miners::Register registration(std::uint64_t i) {
    miners::Register r;
    r.endpoint = "http://127.0.0.1:15001";
    r.ip[10] = r.ip[11] = 0xff;
    r.ip[12] = 10;
    r.ip[14] = static_cast<std::uint8_t>(i);
    r.region = "DE";
    r.sign_key = signer_.key(kFirstMiner + i).id.bytes;
    r.declared = std::uint64_t{100} << 30U;
    r.stake = Amount{2'000} * kBaseUnitsPerToken;
    holders_[to_ss58(signer_.key(kFirstMiner + i).id)] = kFirstMiner + i;
    return r;
  }

  Txn declare() {
    const std::uint64_t n = files_++;
    const auto noise = [&](std::uint8_t what) {
      std::array<std::uint8_t, 16> text{'l', 'o', 'a', 'd', 'f', 'i', 'l', what};
      store_le(text.data() + 8, n);
      return sha256(text);
    };
    files::Declare d;
    d.owner = signer_.key(n % kDeclarers).id;
    d.file_id = FileId::from(noise(0).view());
    d.manifest = noise(1);
    d.length = 1;
    d.profile = {1, 1, 1, 1, 64U << 10U};
    d.territory = "load";
    d.capsule = Bytes(80);
    d.roots = {noise(2), noise(3)};
    files::File f;
    f.file_id = d.file_id;
    f.length = d.length;
    f.profile = d.profile;
    f.segment_count = 1;
    d.fid = files::compute_fid(f, std::vector<Hash256>{files::segment_leaf(f, 0, d.roots)});
    return signer_.sign(n % kDeclarers, files::kModule, 0, d);
  }

  void send(const Load& load) {
    for (const auto& body : load.bodies) {
      const std::string answer = rpc_.post(body);
      if (answer.find("\"error\"") == std::string::npos) continue;
      std::fprintf(stderr, "load_chain: refused: %s\n", answer.substr(0, 400).c_str());
      std::_Exit(4);
    }
    drain(rpc_);
  }

  /// Every pair of an item.
  Json all_of(const char* item) {
    Json out = Json::array();
    for (Json after = nullptr;;) {
      Json page = rpc_.call("state_list", {{"item", item}, {"limit", 1000}, {"after", after}});
      for (Json& e : page["entries"]) out.push_back(std::move(e));
      if (page["next"].is_null()) return out;
      after = page["next"];
    }
  }

  /// A signed receipt for each slot that was drawn.
  std::vector<files::SlotReceipt> drawn(std::size_t count) {
    Json slots;
    for (int tries = 0; tries < 60; ++tries) {
      slots = all_of("files.slot");
      if (slots.size() >= count) break;
      drain(rpc_);
    }
    if (slots.size() < count) {
      std::fprintf(stderr, "load_chain: only %zu of %zu slots were drawn\n", slots.size(), count);
      std::_Exit(4);
    }
    std::map<std::string, std::uint64_t> deals;
    for (const Json& f : all_of("files.file"))
      deals[f["key"][0].get<std::string>()] = f["value"]["deal"].get<std::uint64_t>();
    std::vector<files::SlotReceipt> out;
    for (const Json& s : slots) {
      files::SlotReceipt r;
      const auto fid = s["key"][0].get<std::string>();
      r.fid = must(parse_id<Fid>(fid, "fid"));
      r.deal = deals.at(fid);
      r.stripe = s["key"][1].get<std::uint32_t>();
      r.column = s["key"][2].get<std::uint16_t>();
      const auto& key = signer_.key(holders_.at(s["value"]["miner"].get<std::string>()));
      const auto signature =
          ed25519_sign(key.secret, files::receipt_message(signer_.genesis, key.id, r));
      r.signature.assign(signature.begin(), signature.end());
      out.push_back(std::move(r));
    }
    return out;
  }

  Txn one(std::size_t n, const std::vector<files::SlotReceipt>& receipts) {
    const std::size_t turn = n % 10;
    if (turn == 2 || turn == 7) {
      const std::size_t r = n / 10 * 2 + (turn == 7 ? 1 : 0);
      return signer_.sign(kDeclarers + r % kReporters, files::kModule, 2,
                          files::Report{{receipts[r]}});
    }
    if (turn == 4) return declare();
    if (turn == 9) {
      const std::uint64_t c = n / 10 % kCachers;
      delivery::Register r;
      r.endpoint = "http://127.0.0.1:15002";
      r.price_per_byte = n + 1;
      r.region = "DE";
      return signer_.sign(kDeclarers + kReporters + c, delivery::kModule, 0, r);
    }
    return signer_.sign(kRoles + n % (senders_ - kRoles), kAccountsModule, 0,
                        Transfer{crowd_account(n * 7919 % crowd_), 1'000'000 + n});
  }

  Rpc& rpc_;
  Signer signer_;
  const std::uint64_t senders_;
  const std::uint64_t crowd_;
  std::uint64_t files_ = 0;
  std::map<std::string, std::uint64_t> holders_;
};

}  // namespace cess
