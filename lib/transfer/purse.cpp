// SPDX-License-Identifier: Apache-2.0
#include "transfer/purse.hpp"

#include <algorithm>
#include <filesystem>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "chain/client/send.hpp"
#include "chain/client/state.hpp"
#include "crypto/hmac.hpp"
#include "crypto/sha256.hpp"
#include "sys/file.hpp"
#include "sys/random.hpp"

namespace cess::transfer {
namespace {

constexpr std::string_view kChannelSchema = "cess.channel/1";
constexpr std::size_t kChannelFileMax = 4096;
/// How far back the newest channels are looked through for one that was just opened.
constexpr std::uint64_t kChannelsLookedAt = 1000;

std::string write_channel(const ChannelFile& c) {
  Json j = {{"schema", kChannelSchema},
            {"seed", to_hex(c.seed.view())},
            {"price_per_mib", to_decimal(c.price_per_mib)},
            {"deposit", to_decimal(c.deposit)},
            {"paid", std::to_string(c.paid)},
            {"received", std::to_string(c.received)},
            {"lost", std::to_string(c.lost)}};
  if (c.channel) j["channel"] = std::to_string(*c.channel);
  return write_json(j) + "\n";
}

Result<std::uint64_t> count_of(const JsonView& view, const char* key) {
  CESS_TRY_ASSIGN(const std::string text, view.text(key));
  CESS_TRY_ASSIGN(const Amount n, parse_decimal(text, key));
  if (n > (Amount{1} << 60U)) return fail(Code::input, std::string(key) + ": too large");
  return static_cast<std::uint64_t>(n);
}

Result<ChannelFile> read_channel(const std::string& path) {
  CESS_TRY_ASSIGN(Bytes bytes, read_secret_file(path, kChannelFileMax));
  const auto json = parse_json(as_text(bytes), path);
  wipe(bytes);
  if (!json) return tl::unexpected(json.error());
  const JsonView view(*json, path);
  CESS_TRY(view.schema(kChannelSchema));
  ChannelFile c;
  CESS_TRY_ASSIGN(Bytes seed, view.hex("seed", Key256::kSize));
  if (seed.size() != Key256::kSize) return fail(Code::input, path + ": seed is not 32 bytes");
  c.seed = Key256(seed);
  wipe(seed);
  if (view.has("channel")) {
    CESS_TRY_ASSIGN(c.channel, count_of(view, "channel"));
  }
  CESS_TRY_ASSIGN(const std::string price, view.text("price_per_mib"));
  CESS_TRY_ASSIGN(c.price_per_mib, parse_decimal(price, "price_per_mib"));
  CESS_TRY_ASSIGN(const std::string deposit, view.text("deposit"));
  CESS_TRY_ASSIGN(c.deposit, parse_decimal(deposit, "deposit"));
  CESS_TRY_ASSIGN(c.paid, count_of(view, "paid"));
  CESS_TRY_ASSIGN(c.received, count_of(view, "received"));
  CESS_TRY_ASSIGN(c.lost, count_of(view, "lost"));
  if (c.paid % flow::kLinkBytes != 0) return fail(Code::input, path + ": paid is no whole links");
  return c;
}

// Paid for and not received at most.
std::uint64_t lost_max(const ChannelFile& c) { return kVoucherBytes + c.received / 16; }

flow::Channel as_channel(const ChannelFile& c) {
  flow::Channel out;
  out.price_per_mib = c.price_per_mib;
  return out;
}

}  // namespace

flow::Voucher make_voucher(const ChannelFile& file, const Hash256& genesis, std::uint64_t paid) {
  flow::Voucher v;
  v.channel = file.channel.value_or(0);
  v.bytes = paid - paid % kVoucherBytes;
  v.links = static_cast<std::uint32_t>((paid - v.bytes) / flow::kLinkBytes);
  std::array<std::uint8_t, 16> place{};
  store_le(place.data(), v.channel);
  store_le(place.data() + 8, v.bytes);
  // w_64 is the secret; w_i = H^(64 - i)(w_64).
  Hash256 w = hmac_sha256(file.seed.view(), {as_bytes("CESS-POF-links"), place});
  for (std::uint32_t i = flow::kLinksMax; i > 0; --i) {
    if (i == v.links) v.link = w;
    w = sha256(w.view());
  }
  v.anchor = w;
  const auto message = flow::voucher_message(genesis, v.channel, v.bytes, v.anchor);
  const auto signature = ed25519_sign(file.seed, message);
  std::copy(signature.begin(), signature.end(), v.signature.begin());
  return v;
}

std::uint64_t paid_for(std::uint64_t served, std::uint64_t size) {
  return (served + size - 1) / flow::kLinkBytes * flow::kLinkBytes;
}

struct Purse::Wallet {
  std::mutex mutex;
  std::string path;
  Fd lock;
  bool opened = false;
  bool usable = false;
  ChannelFile file;
};

Purse::Purse(const AccountKey& account, PurseOptions options)
    : account_(account), options_(std::move(options)) {}
Purse::~Purse() = default;

std::uint64_t Purse::paid_bytes() const {
  const std::lock_guard lock(mutex_);
  return paid_bytes_;
}

Purse::Wallet& Purse::wallet_of(const AccountId& miner) {
  const std::lock_guard lock(mutex_);
  auto& w = wallets_[miner];
  if (!w) {
    w = std::make_unique<Wallet>();
    w->path = options_.folder + "/" + to_hex(miner) + ".json";
  }
  return *w;
}

Status Purse::keep(const Wallet& w) const {
  std::string text = write_channel(w.file);
  const Status kept = write_file(w.path, as_bytes(text), {.mode = 0600, .replace = true});
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return kept;
}

template <class Call>
Status Purse::send(client::RpcClient& rpc, const std::string& name, const Call& call) {
  Txn txn;
  {
    const std::lock_guard lock(sending_);
    CESS_TRY_ASSIGN(auto data, client::encode_call(name, call));
    CESS_TRY_ASSIGN(TxnBody body, client::prepare(rpc, account_.id, std::move(data)));
    txn = sign_txn(std::move(body), account_);
    CESS_TRY(client::submit(rpc, txn));
  }
  CESS_TRY_ASSIGN(const auto outcome, client::wait(rpc, txn));
  return client::require_ok(outcome);
}

// Counted before it is sent: what fails afterwards may have been taken all the same.
Status Purse::reserve_deposit() {
  const std::lock_guard lock(mutex_);
  if (options_.deposit > options_.deposits_max - deposited_) {
    return fail(Code::no, "deposits of " + to_tokens(options_.deposits_max) +
                              " tokens are the most for this download");
  }
  deposited_ += options_.deposit;
  return {};
}

// The channel on the chain, which may have been opened before a kill.
Status Purse::open_channel(Wallet& w, const AccountId& miner) {
  CESS_TRY_ASSIGN(auto rpc, options_.connect());
  const Ed25519Public key = ed25519_public(w.file.seed);
  const auto find = [&]() -> Status {
    CESS_TRY_ASSIGN(const auto next, client::get(rpc, flow::kNextChannel));
    const std::uint64_t end = next.value_or(0);
    for (std::uint64_t i = end; i > 0 && end - i < kChannelsLookedAt; --i) {
      CESS_TRY_ASSIGN(const auto c, client::get(rpc, flow::kChannels, i - 1));
      if (!c || c->payer != account_.id || c->server != miner || c->signer != key) continue;
      w.file.channel = i - 1;
      w.file.deposit = c->opened_with;
      return keep(w);
    }
    return fail(Code::no, "the chain has not opened the channel");
  };
  if (find()) return {};
  CESS_TRY(reserve_deposit());
  const flow::Open call{miner, key, w.file.price_per_mib, options_.deposit};
  CESS_TRY(send(rpc, "flow.open", call));
  return find();
}

Status Purse::top_up(Wallet& w) {
  CESS_TRY_ASSIGN(auto rpc, options_.connect());
  CESS_TRY(reserve_deposit());
  CESS_TRY(send(rpc, "flow.top_up", flow::TopUp{*w.file.channel, options_.deposit}));
  CESS_TRY_ASSIGN(const auto now, client::require(rpc, flow::kChannels, *w.file.channel));
  w.file.deposit = now.opened_with;
  return keep(w);
}

Status Purse::open_wallet(Wallet& w, proto::FragmentClient& link, const AccountId& miner) {
  std::error_code error;
  std::filesystem::create_directories(options_.folder, error);
  if (error) return system_error("cannot create", options_.folder, error.value());
  CESS_TRY_ASSIGN(const Json status, link.status());
  CESS_TRY_ASSIGN(const std::string asked, JsonView(status, "status").text("price_per_mib"));
  CESS_TRY_ASSIGN(const Amount price, parse_tokens(asked, "price_per_mib"));
  if (price > options_.price_max) {
    return fail(Code::no, "it asks for " + to_tokens(price) + " tokens for a MiB, and " +
                              to_tokens(options_.price_max) + " are the most");
  }
  CESS_TRY_ASSIGN(w.lock, lock_file(w.path + ".lock", true));
  if (path_exists(w.path)) {
    CESS_TRY_ASSIGN(w.file, read_channel(w.path));
    const Amount offered = w.file.price_per_mib;
    bool good = offered >= price && offered <= options_.price_max;
    if (good && w.file.channel) {
      CESS_TRY_ASSIGN(auto rpc, options_.connect());
      CESS_TRY_ASSIGN(const auto c, client::get(rpc, flow::kChannels, *w.file.channel));
      good = c && c->payer == account_.id && c->closes_at == 0;
    }
    if (good && w.file.channel) return {};
    // One that was only meant is looked for; another is taken the place of.
    if (good) return open_channel(w, miner);
  }
  w.file = {};
  w.file.seed = system_random().key();
  w.file.price_per_mib = price;
  CESS_TRY(keep(w));
  return open_channel(w, miner);
}

Result<std::optional<Bytes>> Purse::try_paid(Wallet& w, proto::FragmentClient& link,
                                             const proto::FragmentAt& at, std::uint64_t offset,
                                             std::uint64_t size) {
  ChannelFile& file = w.file;
  std::uint64_t served = file.received + file.lost;
  for (int tries = 0; tries < 2; ++tries) {
    const std::uint64_t need = std::max(file.paid, paid_for(served, size));
    if (flow::price_of(as_channel(file), need) > file.deposit) CESS_TRY(top_up(w));
    if (flow::price_of(as_channel(file), need) > file.deposit)
      return fail(Code::no, "one deposit is less than the price of a piece");
    if (need > file.paid) {
      file.paid = need;
      CESS_TRY(keep(w));
    }
    const Bytes voucher = encode_scale(make_voucher(file, options_.genesis, need));
    CESS_TRY_ASSIGN(auto answer, link.get_fragment_paid(at, offset, size, voucher));
    if (!answer.due) {
      file.received += size;
      CESS_TRY(keep(w));
      const std::lock_guard lock(mutex_);
      paid_bytes_ += size;
      return std::optional(std::move(answer.data));
    }
    // It counts what was lost on the way.
    const bool honest = answer.served > served && answer.served - file.received <= lost_max(file);
    if (!honest) return fail(Code::no, answer.why);
    served = answer.served;
    file.lost = served - file.received;
  }
  return fail(Code::no, "it wants more than was agreed");
}

Result<Bytes> Purse::fetch(proto::FragmentClient& link, const AccountId& miner,
                           const proto::FragmentAt& at, std::uint64_t offset, std::uint64_t size) {
  Wallet& w = wallet_of(miner);
  const std::lock_guard lock(w.mutex);
  const auto unpaid = [&](const Error& why) {
    w.usable = false;
    if (options_.note) options_.note("miner " + to_ss58(miner) + " is not paid: " + why.message);
  };
  if (!w.opened) {
    w.opened = true;
    const Status open = open_wallet(w, link, miner);
    w.usable = open.has_value();
    if (!open) unpaid(open.error());
  }
  if (w.usable) {
    auto paid = try_paid(w, link, at, offset, size);
    if (paid && *paid) return std::move(**paid);
    // What is wrong with the way or the fragment is wrong for everybody.
    if (!paid && paid.error().code != Code::no && paid.error().code != Code::input)
      return tl::unexpected<Error>(paid.error());
    if (!paid) unpaid(paid.error());
  }
  return link.get_fragment(at, offset, size);
}

}  // namespace cess::transfer
