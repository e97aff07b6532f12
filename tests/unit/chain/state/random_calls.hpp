// SPDX-License-Identifier: Apache-2.0
// Calls made by chance that aim at being valid. Arguments follow from the fields a call declares: a
// field's name tells what would make sense in it, so a new module's calls are aimed at without a
// word here, as far as its fields are named as others are. What no chance would hit (a signature,
// an id that is a hash of other arguments) is made by a recipe.
// Files that include it say   // links: as random_answers.hpp
#pragma once

#include <random>

#include "chain/state/taggers/calls.hpp"
#include "unit/chain/state/random_answers.hpp"
#include "unit/chain/state/rights_fixture.hpp"

namespace cess {

inline const std::vector<std::string> kRandomNames = {"alice", "bob", "carol", "dave", "erin"};

struct NamedCall {
  ModuleId module;
  std::string module_name;
  const CallInfo* call;
};
inline std::vector<NamedCall> all_calls(const Runtime& runtime) {
  std::vector<NamedCall> out;
  for (const auto& m : runtime.modules()) {
    for (const auto& c : m->calls())
      out.push_back({m->id(), std::string(m->name()), runtime.find_call(m->id(), c.index)});
  }
  return out;
}

class RandomCalls {
 public:
  RandomCalls(TestChain& chain, std::uint64_t seed)
      : chain_(&chain),
        chance_(seed),
        calls_(all_calls(chain.runtime())),
        answers_(chain, kRandomNames, [this](std::uint64_t n) { return below(n); }) {
    for (const auto& c : calls_) {
      auto& list = by_module_[c.module_name];
      if (list.empty()) modules_.push_back(c.module_name);
      list.push_back(&c);
    }
  }

  std::uint64_t below(std::uint64_t n) { return chance_() % n; }
  const NamedCall& any() { return calls_.at(below(calls_.size())); }
  /// Every module as often as any other, however many calls it has.
  const NamedCall& any_fairly() {
    const auto& list = by_module_.at(modules_.at(below(modules_.size())));
    return *list.at(below(list.size()));
  }

  /// Arguments of `call` as `who` might send them.
  Bytes arguments(const CallInfo& call, const std::string& who) {
    who_ = who;
    strangers_ = call.name != "transfer_all";
    ScaleWriter w;
    for (const auto& f : call.fields) put(w, f.name, f.type);
    return w.take();
  }

  RandomCalls(const RandomCalls&) = delete;
  RandomCalls& operator=(const RandomCalls&) = delete;

  using Made = RandomMade;
  Made make() {
    const std::string who = kRandomNames.at(below(kRandomNames.size()));
    if (below(4) == 0) {
      if (auto made = recipe(who)) return std::move(*made);
    }
    const NamedCall* c = &any_fairly();
    // Miners that leave take what they could be asked for along: few do.
    if (c->call->name == "exit" && below(8) != 0) c = &any_fairly();
    return {who, c->module, c->call->index, arguments(*c->call, who)};
  }

 private:
  std::uint64_t number() { return chance_() % 4 == 0 ? chance_() >> chance_() % 64 : below(6); }
  Hash256 hash() { return sha256(as_bytes("hash " + std::to_string(below(6)))); }
  std::string one_of(std::initializer_list<const char*> words) {
    return *(words.begin() + static_cast<std::ptrdiff_t>(below(words.size())));
  }
  /// Something stored under this item, if there is: its first key part.
  template <class Map>
  std::optional<Hash256> known(const Map& map) {
    std::vector<Hash256> all;
    map.scan(chain_->state(), [&](const auto& key, const auto&) {
      all.push_back(Hash256::from(std::get<0>(key).view()));
      return all.size() < 20;
    });
    if (all.empty()) return std::nullopt;
    return all.at(below(all.size()));
  }

  // By the field's name. False: nothing is known about it.
  bool put_named(ScaleWriter& w, std::string_view name, std::string_view type) {
    const auto is = [&](std::initializer_list<std::string_view> list) {
      return std::find(list.begin(), list.end(), name) != list.end();
    };
    if (below(10) == 0) return false;  // nonsense, now and then
    if (type == "text") return w.sized(as_bytes(text(name))), true;
    if (type == "account" && is({"owner", "seller", "from"}) && below(3) != 0)
      return w.raw(TestChain::id(who_).view()), true;
    if (type == "amount" && name == "stake") return w.u128(4000 * kCess), true;
    if (type == "amount" && is({"price_per_byte"})) return w.u128(below(1000)), true;
    if (type == "hash" && is({"fid"})) return put_known(w, files::kFiles);
    if (type == "hash" && is({"tagger"})) return put_known(w, taggers::kTaggers);
    if (type == "u64" && name == "declared") return w.u64((1 + below(3)) * kTestGib), true;
    if (type == "u64" && is({"until", "height"})) return w.u64(chain_->height() + below(50)), true;
    if (type == "u64" && is({"channel", "order", "certificate"})) return w.u64(below(8)), true;
    if (type == "u32" && is({"gib", "days", "threshold"})) return w.u32(1 + below_u32(2)), true;
    if (type == "u32" && is({"proposal", "grant"})) return w.u32(below_u32(8)), true;
    if (type == "u16") return w.u16(static_cast<std::uint16_t>(below(3000))), true;
    if (type == "bytes16" && name == "ip") return w.raw(ByteView(test_ip(below(60'000)))), true;
    return false;
  }
  template <class Map>
  bool put_known(ScaleWriter& w, const Map& map) {
    const auto found = known(map);
    if (found) w.raw(found->view());
    return found.has_value();
  }
  std::uint32_t below_u32(std::uint64_t n) { return static_cast<std::uint32_t>(below(n)); }
  std::string text(std::string_view name) {
    if (name == "endpoint") return "http://10.0.0.1:15001";
    if (name == "region") return one_of({"DE", "DE-BE", "FR"});
    if (name == "pool") return one_of({"treasury", "community", "reserve"});
    if (name == "domain") return "a.example";
    return one_of({"photos", "books"});
  }

  // A type as type_name writes it.
  void put(ScaleWriter& w, std::string_view name, std::string_view type) {
    if (type.ends_with("[]") || type.ends_with("?")) return put_some(w, name, type);
    if (type.front() == '{') return put_record(w, type.substr(1, type.size() - 2));
    if (put_named(w, name, type)) return;
    if (type == "bool") return w.u8(static_cast<std::uint8_t>(below(2)));
    if (type == "amount") return w.u128(amount());
    if (type == "account") return w.raw(TestChain::id(some_name()).view());
    if (type == "hash") return w.raw(hash().view());
    if (type == "bytes" || type == "text") return w.sized(Bytes(below(20), 'x'));
    if (type.starts_with("bytes")) {
      return w.raw(
          Bytes(std::stoul(std::string(type.substr(5))), static_cast<std::uint8_t>(below(3))));
    }
    if (type == "u8") return w.u8(static_cast<std::uint8_t>(number()));
    if (type == "u16") return w.u16(static_cast<std::uint16_t>(number()));
    if (type == "u32") return w.u32(static_cast<std::uint32_t>(number()));
    if (type == "u64") return w.u64(number());
    const auto kinds = std::count(type.begin(), type.end(), '|') + 1;
    w.u8(static_cast<std::uint8_t>(below(static_cast<std::uint64_t>(kinds))));
  }
  void put_some(ScaleWriter& w, std::string_view name, std::string_view type) {
    const bool list = type.back() == ']';
    const auto inner = type.substr(0, type.size() - (list ? 2 : 1));
    const auto count = below(list ? 4 : 2);
    if (list) {
      w.compact(count);
    } else {
      w.u8(static_cast<std::uint8_t>(count));
    }
    for (std::uint64_t i = 0; i < count; ++i) put(w, name, inner);
  }
  void put_record(ScaleWriter& w, std::string_view fields) {
    while (!fields.empty()) {
      const auto colon = fields.find(':');
      const auto name = fields.substr(0, colon);
      fields.remove_prefix(colon + 1);
      std::size_t end = 0;
      for (int depth = 0; end < fields.size() && (depth != 0 || fields[end] != ','); ++end)
        depth += fields[end] == '{' ? 1 : fields[end] == '}' ? -1 : 0;
      put(w, name, fields.substr(0, end));
      fields.remove_prefix(std::min(end + 1, fields.size()));
    }
  }
  Amount amount() {
    if (below(8) == 0) return (Amount{chance_()} << 64U | chance_()) >> below(128);
    return Amount{below(2000)} * kBaseUnitsPerToken / (1 + below(3));
  }
  // One in eight has nothing and no key that signs here: money sent there does not come back, so
  // nobody sends all there.
  std::string some_name() {
    return strangers_ && below(8) == 0 ? "nobody" : kRandomNames.at(below(kRandomNames.size()));
  }

  template <Record A>
  std::optional<Made> made(const std::string& who, std::string_view call, const A& args) {
    return random_made(*chain_, who, call, args);
  }
  std::optional<Made> recipe(const std::string& who) {
    switch (below(11)) {
      case 0:
        return made(who, "files.declare", answers_.declaration(who));
      case 1:
        return report();
      case 2:
        return made(who, "taggers.register", tagger(who));
      case 3:
        return made(who, "election.register_keys", registration(*chain_, who, who));
      case 4:
        return made(who, "rights.register",
                    rights_registration(who, rights_print(who + std::to_string(below(99)),
                                                          RightsRandom(chance_()).word())));
      case 5:
        return proposal(who);
      case 6:
        return made(who, "gateways.authorise", gateways_of(who));
      default:
        return answers_.any();
    }
  }
  struct Authorise {
    AccountId gateway;
    std::optional<std::uint64_t> until;
    CESS_RECORD(gateway, until)
  };
  Authorise gateways_of(const std::string& /*who*/) { return {TestChain::id(some_name()), {}}; }
  // A drawn miner says that it holds its slot; nobody else could.
  std::optional<Made> report() {
    std::optional<Made> out;
    files::kSlots.scan(chain_->state(), [&](const auto& key, const files::Slot& slot) {
      const auto& [fid, stripe, column] = key;
      const auto file = files::kFiles.get(chain_->state(), fid);
      for (const auto& name : kRandomNames) {
        if (slot.reported || !file || slot.miner != TestChain::id(name)) continue;
        out = made(name, "files.report",
                   files::Report{{{fid, file->deal, stripe, column, {}, {}, {}}}});
      }
      return !out;
    });
    return out;
  }
  taggers::Register tagger(const std::string& who) {
    taggers::Register r;
    const Key256 seed(sha256(as_bytes("tagger of " + who)).view());
    r.sign_key = ed25519_public(seed);
    r.v = bls::G2::generator().mul(bls::Scalar::from_u64(7)).compress();
    r.w = bls::G2::generator().mul(bls::Scalar::from_u64(21)).compress();
    r.list_hash = sha256(as_bytes("list " + std::to_string(below(9))));
    r.cls = taggers::Class::owner;
    TaggerHead head;
    head.sign_key = r.sign_key;
    head.v = *bls::G2::parse(r.v);
    head.w = *bls::G2::parse(r.w);
    head.list_hash = r.list_hash;
    r.possession = ed25519_sign(seed, taggers::registration_message(
                                          chain_->genesis(), TestChain::id(who), tagger_id(head)));
    return r;
  }
  struct Propose {
    std::string note;
    std::uint8_t module = 0;
    std::uint8_t call = 0;
    Bytes args;
    CESS_RECORD(note, module, call, args)
  };
  std::optional<Made> proposal(const std::string& who) {
    const NamedCall& c = any_fairly();
    return made(who, "governance.propose",
                Propose{"by chance", c.module, c.call->index, arguments(*c.call, who)});
  }

  TestChain* chain_;
  std::mt19937_64 chance_;
  std::vector<NamedCall> calls_;
  std::vector<std::string> modules_;
  std::map<std::string, std::vector<const NamedCall*>> by_module_;
  std::string who_;
  bool strangers_ = true;
  RandomAnswers answers_;
};

}  // namespace cess
