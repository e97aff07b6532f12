// SPDX-License-Identifier: Apache-2.0
#include "miner/till.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "chain/client/state.hpp"
#include "miner/send_call.hpp"
#include "sys/file.hpp"

namespace cess::miner {
namespace {

constexpr std::string_view kBookSuffix = ".channel";
constexpr std::size_t kBookSizeMax = 1024;
constexpr std::int64_t kBelievedSeconds = 30;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::size_t kAddressesMax = 100'000;
constexpr std::size_t kBooksMax = 100'000;
/// A settlement that costs more than a quarter of what it brings waits.
constexpr Amount kWorthFees = 4;
/// From so many on a call that holds 64 of them is cheaper.
constexpr std::size_t kBatchFrom = 32;

Result<TillBook> read_book(const std::string& path) {
  CESS_TRY_ASSIGN(const Bytes text, read_file(path, kBookSizeMax));
  return decode_scale<TillBook>(text, path);
}

// What cannot be read is no reason to serve nobody; its owner may still want to see it.
Status set_aside(const std::string& path) {
  const std::string aside = path + ".damaged";
  if (::rename(path.c_str(), aside.c_str()) != 0) return system_error("cannot rename", path, errno);
  return {};
}

tl::unexpected<Error> refuse_voucher(std::string why) { return fail(Code::input, std::move(why)); }

}  // namespace

Till::Till(client::Rpc& rpc, const Hash256& genesis, const AccountId& miner, TillSettings settings,
           Clock& clock)
    : rpc_(rpc), genesis_(genesis), miner_(miner), settings_(std::move(settings)), clock_(clock) {}

std::string Till::path_of(std::uint64_t id) const {
  return settings_.folder + "/" + std::to_string(id) + std::string(kBookSuffix);
}

Status Till::open() {
  CESS_TRY(make_dir(settings_.folder, 0700, true));
  CESS_TRY_ASSIGN(const auto names, list_dir(settings_.folder));
  const std::lock_guard lock(mutex_);
  for (const std::string& name : names) {
    std::uint64_t id = 0;
    const auto end = std::from_chars(name.data(), name.data() + name.size(), id).ptr;
    if (std::string_view(end, static_cast<std::size_t>(name.data() + name.size() - end)) !=
            kBookSuffix ||
        path_of(id) != settings_.folder + "/" + name) {
      continue;
    }
    auto book = read_book(path_of(id));
    if (book) {
      books_[id] = *book;
    } else if (book.error().code == Code::input) {
      CESS_TRY(set_aside(path_of(id)));
      ++counts_.damaged;
    } else {
      return tl::unexpected<Error>(book.error());
    }
  }
  return {};
}

Status Till::keep(std::uint64_t id, const TillBook& book) const {
  return write_file(path_of(id), encode_scale(book), {.mode = 0600, .replace = true});
}

Result<flow::Channel> Till::channel_of(std::uint64_t id, bool fresh) {
  const std::int64_t now = clock_.unix_seconds();
  const auto it = known_.find(id);
  if (!fresh && it != known_.end() && now - it->second.asked_at < kBelievedSeconds)
    return it->second.channel;
  CESS_TRY_ASSIGN(const auto found, client::get(rpc_, flow::kChannels, id));
  if (!found) {
    known_.erase(id);
    return refuse_voucher("voucher: the chain does not know channel " + std::to_string(id));
  }
  if (known_.size() >= kBooksMax) known_.clear();
  known_[id] = {*found, now};
  return *found;
}

Result<proto::Toll> Till::toll(const proto::Reader& reader, std::uint64_t bytes) {
  if (reader.voucher.empty()) return give_away(reader, bytes);
  CESS_TRY_ASSIGN(const auto voucher, decode_scale<flow::Voucher>(reader.voucher, "voucher"));
  auto sold = sell(voucher, bytes);
  if (!sold || !sold->open) {
    const std::lock_guard lock(mutex_);
    ++counts_.refused;
  }
  return sold;
}

Result<proto::Toll> Till::give_away(const proto::Reader& reader, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  proto::Toll out;
  out.price_per_mib = to_tokens(settings_.price_per_mib);
  const std::int64_t day = clock_.unix_seconds() / kDaySeconds;
  if (given_.size() >= kAddressesMax) {
    std::erase_if(given_, [&](const auto& g) { return g.second.day != day; });
  }
  if (given_.size() >= kAddressesMax) given_.clear();
  Given& g = given_[reader.remote];
  if (g.day != day) g = {day, 0, 0};
  if (reader.probe) bytes = std::max(bytes, kProbeLeast);
  if (reader.probe && bytes <= kProbedPerDay - g.probed) {
    g.probed += bytes;
    return out;
  }
  if (bytes > settings_.unpaid_per_day || g.bytes > settings_.unpaid_per_day - bytes) {
    out.open = false;
    out.why = "this address has had what is free today: a channel pays for more";
    ++counts_.refused;
    return out;
  }
  g.bytes += bytes;
  counts_.unpaid_bytes += bytes;
  return out;
}

Result<proto::Toll> Till::sell(const flow::Voucher& voucher, std::uint64_t bytes) {
  // Held while the chain is asked and the book is written: payments are few beside reads.
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(auto channel, channel_of(voucher.channel, false));
  if (channel.server != miner_) return refuse_voucher("voucher: for another server");
  CESS_TRY_ASSIGN(const std::uint64_t shown, flow::shown_bytes(genesis_, channel, voucher));
  if (channel.price_per_mib < settings_.price_per_mib) {
    return refuse_voucher("voucher: the channel offers less than " +
                          to_tokens(settings_.price_per_mib) + " tokens for a MiB");
  }
  if (flow::price_of(channel, shown) > channel.paid + channel.deposit) {
    // It may have been topped up meanwhile.
    CESS_TRY_ASSIGN(channel, channel_of(voucher.channel, true));
  }
  const auto it = books_.find(voucher.channel);
  if (it == books_.end() && books_.size() >= kBooksMax)
    return fail(Code::busy, "too many channels are open");
  TillBook book = it != books_.end() ? it->second : TillBook{{}, channel.bytes, channel.bytes};
  proto::Toll out;
  out.price_per_mib = to_tokens(settings_.price_per_mib);
  const auto closed = [&](std::string why) {
    out.open = false;
    out.why = std::move(why);
    out.paid = book.paid;
    out.served = book.served;
    return out;
  };
  if (shown < book.paid) return closed("voucher: it shows less than an earlier one");
  if (channel.closes_at != 0) return closed("voucher: the channel is closing");
  if (flow::price_of(channel, shown) > channel.paid + channel.deposit)
    return closed("voucher: the deposit has less");
  if (shown > book.paid) {
    book.newest = voucher;
    book.paid = shown;
  }
  const bool enough = book.served + bytes <= book.paid + flow::kLinkBytes;
  if (enough) book.served += bytes;
  CESS_TRY(keep(voucher.channel, book));
  books_[voucher.channel] = book;
  if (!enough) return closed("voucher: it pays for fewer bytes than were asked for");
  counts_.paid_bytes += bytes;
  return out;
}

Result<std::optional<Till::Due>> Till::due_of(std::uint64_t id, const TillBook& book) {
  CESS_TRY_ASSIGN(const auto channel, client::get(rpc_, flow::kChannels, id));
  const std::lock_guard lock(mutex_);
  if (!channel) {
    books_.erase(id);
    known_.erase(id);
    if (::unlink(path_of(id).c_str()) != 0 && errno != ENOENT)
      return system_error("cannot remove", path_of(id), errno);
    return std::optional<Due>();
  }
  if (book.paid <= channel->bytes) return std::optional<Due>();
  const Amount all = flow::price_of(*channel, book.paid);
  if (all <= channel->paid || all - channel->paid > channel->deposit) return std::optional<Due>();
  Due due{id, book.newest, all - channel->paid};
  // What comes after the close is lost: any price above the fee will do.
  if (channel->closes_at != 0) due.amount *= kWorthFees;
  return std::optional(std::move(due));
}

Result<std::size_t> Till::settle(const AccountKey& account, const std::function<bool()>& go_on) {
  std::map<std::uint64_t, TillBook> books;
  {
    const std::lock_guard lock(mutex_);
    books = books_;
  }
  std::vector<Due> dues;
  for (const auto& [id, book] : books) {
    CESS_TRY_ASSIGN(auto due, due_of(id, book));
    if (due) dues.push_back(std::move(*due));
  }
  if (dues.empty()) return std::size_t{0};
  CESS_TRY_ASSIGN(auto sample,
                  client::encode_call("flow.settle_one", flow::SettleOne{dues.front().voucher}));
  CESS_TRY_ASSIGN(const TxnBody body, client::prepare(rpc_, account.id, std::move(sample)));
  CESS_TRY_ASSIGN(const Amount fee, client::estimate(rpc_, body));
  std::erase_if(dues, [&](const Due& d) { return d.amount < fee * kWorthFees; });
  std::vector<Pending> sent;
  if (dues.size() >= kBatchFrom) {
    for (std::size_t from = 0; from < dues.size(); from += flow::kVouchersMax) {
      flow::Settle call;
      for (std::size_t i = from; i < std::min(dues.size(), from + flow::kVouchersMax); ++i)
        call.vouchers.push_back(dues[i].voucher);
      CESS_TRY_ASSIGN(auto pending, send_call(rpc_, account, go_on, "flow.settle", call));
      sent.push_back(std::move(pending));
    }
  } else {
    for (const Due& d : dues) {
      CESS_TRY_ASSIGN(auto pending, send_call(rpc_, account, go_on, "flow.settle_one",
                                              flow::SettleOne{d.voucher}));
      sent.push_back(std::move(pending));
    }
  }
  Status worst;
  for (const Pending& p : sent) {
    if (const Status done = p(); !done) worst = done;
  }
  CESS_TRY(worst);
  const std::lock_guard lock(mutex_);
  counts_.settled += dues.size();
  return dues.size();
}

TillReport Till::report() const {
  const std::lock_guard lock(mutex_);
  TillReport out = counts_;
  out.channels = books_.size();
  return out;
}

}  // namespace cess::miner
