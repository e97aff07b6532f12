// SPDX-License-Identifier: Apache-2.0
#include "localnet/members.hpp"

#include "audit/tagger_key.hpp"
#include "base/hex.hpp"
#include "chain/client/judge_key.hpp"
#include "chain/client/key_file.hpp"
#include "chain/node/config.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "crypto/age_key.hpp"
#include "crypto/ed25519.hpp"
#include "idle/maker.hpp"
#include "json/json.hpp"
#include "localnet/config.hpp"
#include "podr2/keys.hpp"
#include "store/writer.hpp"
#include "sys/file.hpp"
#include "sys/pages.hpp"

namespace cess::localnet {
namespace {

Result<AccountId> make_account(const std::string& file, Random& random) {
  CESS_TRY_ASSIGN(const AccountKey key, make_account_key(SignatureKind::ed25519, random.key()));
  CESS_TRY(client::write_key_file(file, key));
  return key.id;
}

Status make_miner(const Network& network, std::size_t index, Random& random, Clock& clock) {
  const std::string own = network.path(network.miners()[index]);
  CESS_TRY(make_dir(own, 0755, false));
  CESS_TRY_ASSIGN(const AccountId id, make_account(own + "/account.key", random));
  CESS_TRY(make_account(own + "/sign.key", random));
  StoreConfig store;
  store.miner = MinerId::from(id.bytes);
  store.capacity_bytes = network.plan.capacity_bytes;
  store.created = format_rfc3339(clock.unix_seconds());
  CESS_TRY(Store::init(own + "/store", store));
  return write_file(own + "/config.json", as_bytes(miner_config(network, index)), {});
}

Status make_tagger(const Network& network, std::size_t index, Random& random) {
  const std::string own = network.path(network.taggers()[index]);
  CESS_TRY(make_dir(own, 0755, false));
  CESS_TRY(make_account(own + "/account.key", random));
  Secret<TaggerSecret::kRandomSize> bytes;
  random.fill(bytes.mut());
  const auto secret = TaggerSecret::make(bytes.view(), TaggerClass::staked);
  const std::string key = own + "/tagger.key";
  std::string text = write_tagger_key(secret);
  const Status kept = write_file(key, as_bytes(text), {.mode = 0600});
  wipe_text(text);
  CESS_TRY(kept);
  CESS_TRY(
      write_file(tagger_public_path(key), encode_tagger_public(make_tagger_public(secret)), {}));
  return write_file(own + "/config.json", as_bytes(tagger_config(network, index)), {});
}

// As much of the store as the plan says, before anybody serves it.
Status fill_store(const Network& network, const std::string& store, const Hash256& genesis) {
  CESS_TRY_ASSIGN(const Bytes text, read_file(network.path("spec.json"), 1U << 20U));
  CESS_TRY_ASSIGN(const Json spec, parse_json(as_text(text), "spec.json"));
  idle_space::Params params;
  CESS_TRY(from_json_value(spec["params"]["idle"], params, "idle"));
  idle::MakeOptions options;
  options.chain_id = to_hex(genesis);
  options.params.log2_nodes = params.log2_nodes;
  options.count = network.plan.filled_bytes / params.filler_bytes();
  options.threads = 1;
  options.memory_bytes = physical_memory_bytes() / 4;
  if (options.count == 0) return {};
  CESS_TRY(idle::make_fillers(store, options));
  return {};
}

Result<Hash256> genesis_of(const Network& network) {
  CESS_TRY_ASSIGN(const Bytes text, read_file(network.path("spec.json"), 1U << 20U));
  CESS_TRY_ASSIGN(const Json spec, parse_json(as_text(text), "spec.json"));
  State state;
  return Runtime().genesis(state, spec);
}

Status make_judge(const Network& network, std::size_t index, Random& random) {
  const std::string own = network.path(network.judges()[index]);
  CESS_TRY(make_dir(own, 0755, false));
  CESS_TRY(make_account(own + "/account.key", random));
  CESS_TRY(client::write_judge_key(own + "/judge.key", random.key()));
  CESS_TRY_ASSIGN(const auto keys, node::read_keys(network.path(network.nodes()[index])));
  if (!keys.account)
    return fail(Code::input, "validator " + std::to_string(index) + ": no account");
  const AccountId validator = AccountId::from(ed25519_public(*keys.account));
  return write_file(own + "/config.json",
                    as_bytes(judge_config(network, index, to_ss58(validator))), {});
}

Status make_home(const Network& network, Random& random) {
  const std::string own = network.path("home");
  CESS_TRY(make_dir(own, 0700, false));
  CESS_TRY(make_account(own + "/account.key", random));
  const Key256 identity = random.key();
  std::string secret = format_age_identity(identity) + "\n";
  const Status kept = write_file(own + "/identity.key", as_bytes(secret), {.mode = 0600});
  wipe_text(secret);
  CESS_TRY(kept);
  const std::string open = format_age_recipient(x25519_public(identity)) + "\n";
  CESS_TRY(write_file(own + "/identity.pub", as_bytes(open), {}));
  return write_file(own + "/config.json", as_bytes(home_config(network)), {});
}

}  // namespace

Status make_members(const Network& network, Random& random, Clock& clock) {
  for (std::size_t i = 0; i < network.plan.miners; ++i) {
    CESS_TRY(make_miner(network, i, random, clock));
  }
  for (std::size_t i = 0; i < network.plan.taggers; ++i) {
    CESS_TRY(make_tagger(network, i, random));
  }
  if (network.plan.filled_bytes != 0) {
    CESS_TRY_ASSIGN(const Hash256 genesis, genesis_of(network));
    for (const auto& name : network.miners()) {
      CESS_TRY(fill_store(network, network.path(name + "/store"), genesis));
    }
  }
  for (std::size_t i = 0; i < network.judges().size(); ++i) {
    CESS_TRY(make_judge(network, i, random));
  }
  return make_home(network, random);
}

}  // namespace cess::localnet
