// SPDX-License-Identifier: Apache-2.0
#include "chain/consensus/light.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace cess::consensus {
namespace {

tl::unexpected<Error> refuse(std::string why, std::string hint = {}) {
  return fail(Code::input, "header chain refused: " + std::move(why), "header chain",
              std::move(hint));
}

// Which committee rules which era, as far as headers already proven say so.
class Committees {
 public:
  explicit Committees(const std::vector<CommitteePtr>& given) : given_(given) {}

  Status learn(const HeaderView& view) {
    CESS_TRY(bind(view.era, view.committee));
    return bind(view.era + 1, view.next_committee);
  }
  Result<CommitteePtr> of(Era era) const {
    const auto hash = hashes_.find(era);
    const std::string name = "era " + std::to_string(era);
    if (hash == hashes_.end()) return refuse("no header names the committee of " + name);
    const auto found =
        std::ranges::lower_bound(given_, era, {}, [](const CommitteePtr& c) { return c->era(); });
    if (found == given_.end() || (*found)->era() != era) {
      return refuse("the committee of " + name + " is missing");
    }
    if ((*found)->hash() != hash->second) return refuse("another committee rules " + name);
    return *found;
  }

 private:
  Status bind(Era era, const Hash256& hash) {
    if (hash.is_zero()) return {};
    if (hashes_.emplace(era, hash).first->second == hash) return {};
    return refuse("two headers name different committees");
  }
  const std::vector<CommitteePtr>& given_;
  std::map<Era, Hash256> hashes_;
};

Result<HeaderView> certified_view(Verifier& verifier, const BlockReader& reader,
                                  const Hash256& chain, const Committee& committee,
                                  const CertifiedHeader& header) {
  CESS_TRY_ASSIGN(auto view, reader.read_header(header.header));
  const Certificate& c = header.certificate;
  if (c.kind != Kind::commit || c.digest != view.digest || c.height != view.height ||
      c.era != view.era) {
    return refuse("a certificate is of another block");
  }
  if (!verify_certificate(verifier, chain, committee, c)) {
    return refuse("a certificate is false");
  }
  return view;
}

Result<HeaderView> trusted_view(const BlockReader& reader, const LightRules& rules,
                                const Checkpoint& checkpoint, ByteView header) {
  CESS_TRY_ASSIGN(auto view, reader.read_header(header));
  if (view.digest != checkpoint.digest || view.height != checkpoint.height) {
    return refuse("it does not begin at the checkpoint");
  }
  if (view.time_ms > rules.now_ms && view.time_ms - rules.now_ms > rules.clock_skew_ms) {
    return refuse("the checkpoint lies in the future", "compare this machine's clock");
  }
  if (rules.now_ms > view.time_ms && rules.now_ms - view.time_ms > rules.unbonding_ms) {
    return refuse("the checkpoint is older than the unbonding period",
                  "get the hash of a recent block from somebody you trust");
  }
  return view;
}

}  // namespace

Status verify_certified_header(Verifier& verifier, const BlockReader& reader, const Hash256& chain,
                               const Committee& committee, const CertifiedHeader& header) {
  CESS_TRY(certified_view(verifier, reader, chain, committee, header));
  return {};
}

Result<HeaderView> verify_header_chain(Verifier& verifier, const BlockReader& reader,
                                       const LightRules& rules, const Checkpoint& checkpoint,
                                       const HeaderChain& chain) {
  CESS_TRY_ASSIGN(auto last, trusted_view(reader, rules, checkpoint, chain.checkpoint_header));
  if (chain.target.header == chain.checkpoint_header) return last;
  const auto by_era = [](const CommitteePtr& a, const CommitteePtr& b) {
    return a == nullptr || b == nullptr || a->era() >= b->era();
  };
  if (std::ranges::adjacent_find(chain.committees, by_era) != chain.committees.end() ||
      (chain.committees.size() == 1 && chain.committees[0] == nullptr)) {
    return refuse("the committees are not in the order of their eras");
  }
  Committees committees(chain.committees);
  CESS_TRY(committees.learn(last));
  const auto follow = [&](const CertifiedHeader& header) -> Status {
    CESS_TRY_ASSIGN(auto peek, reader.read_header(header.header));
    if (peek.height <= last.height || peek.era < last.era || peek.time_ms <= last.time_ms) {
      return refuse("the headers are not in the order of their heights");
    }
    CESS_TRY_ASSIGN(auto committee, committees.of(peek.era));
    CESS_TRY_ASSIGN(last, certified_view(verifier, reader, rules.chain, *committee, header));
    return committees.learn(last);
  };
  for (const CertifiedHeader& link : chain.links) {
    CESS_TRY(follow(link));
    if (last.next_committee.is_zero()) return refuse("a link does not name the next committee");
  }
  CESS_TRY(follow(chain.target));
  if (last.time_ms > rules.now_ms && last.time_ms - rules.now_ms > rules.clock_skew_ms) {
    return refuse("the target lies in the future", "compare this machine's clock");
  }
  return last;
}

}  // namespace cess::consensus
