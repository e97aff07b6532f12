// SPDX-License-Identifier: Apache-2.0
#include "chain/client/probes.hpp"

#include "json/json.hpp"

namespace cess::client {
namespace {

constexpr std::size_t kProbesPerPageMax = 10'000;

Result<AskedProbe> parse_asked(const JsonView& view) {
  AskedProbe out;
  CESS_TRY_ASSIGN(const std::string miner, view.text("miner"));
  CESS_TRY_ASSIGN(out.miner, parse_account(miner, "miner"));
  CESS_TRY_ASSIGN(const auto bit, view.number("bit", 7));
  out.bit = static_cast<std::uint8_t>(bit);
  CESS_TRY_ASSIGN(out.frag, view.id<FragId>("frag"));
  CESS_TRY_ASSIGN(out.length, view.number("length", ~0ULL));
  CESS_TRY_ASSIGN(out.offset, view.number("offset", ~0ULL));
  CESS_TRY_ASSIGN(out.size, view.number("size", ~0ULL));
  return out;
}

}  // namespace

Result<std::vector<AskedProbe>> asked_probes(Rpc& rpc, Height slot, const AccountId& verifier) {
  std::vector<AskedProbe> out;
  Json params = {{"slot", slot}, {"verifier", to_ss58(verifier)}};
  for (bool more = true; more;) {
    CESS_TRY_ASSIGN(const Json answer, rpc.call("probe_list", params));
    const JsonView view(answer, "answer of the node");
    CESS_TRY_ASSIGN(const auto page, view.array("probes", kProbesPerPageMax));
    for (const JsonView& p : page) {
      CESS_TRY_ASSIGN(AskedProbe asked, parse_asked(p));
      if (!out.empty() && !(out.back().miner < asked.miner))
        return fail(Code::peer, "the node's probes do not rise by miner");
      out.push_back(asked);
    }
    const Json next = answer.value("next", Json());
    more = next.is_string() && next != params.value("from", Json());
    params["from"] = next;
  }
  return out;
}

probes::Report make_report(const Hash256& genesis, Height slot, const probes::Slot& record,
                           const AccountId& verifier, const bls::SecretKey& key,
                           std::vector<probes::Verdict> verdicts) {
  probes::Report out{slot, verifier, std::move(verdicts), {}};
  const auto message = probes::report_message(genesis, slot, record.seed, verifier, out.verdicts);
  out.signature = key.sign(message).bytes();
  return out;
}

}  // namespace cess::client
