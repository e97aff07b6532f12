// SPDX-License-Identifier: Apache-2.0
#include "chain/ledger/ledger.hpp"

#include <algorithm>
#include <map>

#include "base/check.hpp"
#include "chain/consensus/evidence.hpp"
#include "chain/ledger/judge.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/state/election/election.hpp"
#include "chain/state/offences/offences.hpp"
#include "chain/state/system/system.hpp"
#include "crypto/sha256.hpp"
#include "crypto/vrf.hpp"

namespace cess::ledger {

using consensus::event::Verdict;

Ledger::Ledger(const Runtime& runtime, consensus::Verifier& verifier, State state)
    : runtime_(runtime), verifier_(verifier), state_(std::move(state)) {}

Result<std::unique_ptr<Ledger>> Ledger::genesis(const Runtime& runtime,
                                                consensus::Verifier& verifier, const Json& spec) {
  std::unique_ptr<Ledger> ledger(new Ledger(runtime, verifier, State{}));
  CESS_TRY_ASSIGN(const Hash256 id, runtime.genesis(ledger->state_, spec));
  Position& p = ledger->position_;
  p.genesis = id;
  p.hash = BlockHash::from(id.view());
  p.time_ms = system::clock(ledger->state_).time_ms;
  p.state_root = ledger->state_.root();
  ledger->mmr_.append(id);
  p.mmr_peaks = ledger->mmr_.encode();
  CESS_TRY(ledger->load_committees());
  return ledger;
}

Result<std::unique_ptr<Ledger>> Ledger::restore(const Runtime& runtime,
                                                consensus::Verifier& verifier, State state,
                                                const Position& position) {
  std::unique_ptr<Ledger> ledger(new Ledger(runtime, verifier, std::move(state)));
  ledger->state_.take_changes();
  if (ledger->state_.root() != position.state_root) {
    return fail(Code::input,
                "cannot open chain: its state does not match the root of block " +
                    std::to_string(position.height),
                "state");
  }
  ledger->position_ = position;
  CESS_TRY_ASSIGN(ledger->mmr_, MmrPeaks::parse(position.mmr_peaks));
  CESS_TRY(ledger->load_committees());
  return ledger;
}

Era Ledger::next_era() const {
  const auto clock = system::clock(state_);
  return clock.height > 0 && clock.era_ends() ? clock.era + 1 : clock.era;
}

std::optional<Committee> Ledger::committee_of_era(Era era) const {
  return election::committee_of(state_, era);
}

Status Ledger::load_committees() {
  const Era era = next_era();
  if (!voters_ || voters_->era() != era) {
    const auto next = committee_of_era(era);
    if (!next)
      return fail(Code::input, "cannot open chain: no committee of era " + std::to_string(era),
                  "state");
    CESS_TRY_ASSIGN(auto voters, voters_of(*next));
    committee_ = *next;
    voters_ = std::move(voters);
  }
  const Era own = system::clock(state_).era;
  if (position_.height == 0) return {};
  if (own == era) {
    parent_voters_ = voters_;
  } else if (!parent_voters_ || parent_voters_->era() != own) {
    const auto before = committee_of_era(own);
    if (!before)
      return fail(Code::input, "cannot open chain: no committee of era " + std::to_string(own),
                  "state");
    CESS_TRY_ASSIGN(parent_voters_, voters_of(*before));
  }
  return {};
}

std::uint64_t Ledger::weight_max() const {
  std::uint64_t limit = ~std::uint64_t{0};
  for (const auto& m : runtime_.modules()) limit = std::min(limit, m->block_weight_max(state_));
  return limit;
}

/// What any header of the next block must say, whoever proposes it.
Header Ledger::next_header() const {
  Header h;
  h.height = position_.height + 1;
  h.parent = position_.hash;
  h.era = next_era();
  h.state_root = position_.state_root;
  h.receipts_root = position_.receipts_root;
  h.mmr_root = mmr_.root();
  h.committee = voters_->hash();
  h.next_committee = election::next_committee_hash(state_);
  return h;
}

Status Ledger::check_txn(const ReadTxn& txn, const SenderAhead& ahead) const {
  return runtime_.check_txn(state_, txn, position_.genesis, position_.height + 1, ahead);
}

Amount Ledger::txn_cost(const ReadTxn& txn) const {
  return runtime_.txn_cost(state_, txn, position_.height + 1);
}

ParsedBlock Ledger::build_parsed(const BuildInput& input, std::vector<TxnHash>& left_out) const {
  CESS_CHECK(input.read.empty() || input.read.size() == input.txns.size());
  ParsedBlock out;
  Block& block = out.block;
  std::map<AccountId, SenderAhead> senders;
  std::uint64_t weight = 0;
  const std::uint64_t limit = weight_max();
  for (std::size_t i = 0; i < input.txns.size(); ++i) {
    const auto& bytes = input.txns[i];
    auto txn =
        input.read.empty() || !input.read[i] ? read_txn(*bytes) : Result<ReadTxn>(*input.read[i]);
    if (!txn || !check_txn(*txn, senders[txn->txn.body.sender])) {
      left_out.push_back(txn_hash(*bytes));
      continue;
    }
    const std::uint64_t more = runtime_.weight(txn->txn);
    if (more > limit - weight) break;
    weight += more;
    SenderAhead& ahead = senders[txn->txn.body.sender];
    ++ahead.count;
    ahead.cost = saturating_add(ahead.cost, txn_cost(*txn));
    block.txns.push_back(*bytes);
    out.txns.push_back(std::move(*txn));
  }
  for (const Bytes& evidence : input.evidence) {
    const auto proven = offences_of(evidence);
    const bool news =
        std::any_of(proven.begin(), proven.end(), [&](const Offence& o) { return is_news(o); });
    if (news && block.evidence.size() < 16) block.evidence.push_back(evidence);
  }
  Header& h = block.header;
  h = next_header();
  h.time_ms = std::max(input.wall_ms, position_.time_ms + 1);
  h.proposer = input.proposer;
  h.vrf_proof = vrf_prove(*input.vrf_seed, block_vrf_alpha(committee_.seed, h.height).view());
  h.txns_root = txns_root(block.txns);
  h.evidence_root = evidence_root(block.evidence);
  if (input.parent_certificate)
    h.parent_certificate = encode_certificate(*input.parent_certificate);
  out.hash = header_hash(h);
  return out;
}

std::string Ledger::header_fault(const Header& h, const ValidateInput& input) const {
  const Header want = next_header();
  if (h.height != want.height) return "not on the last executed block";
  if (std::string why = contradiction(h, want); !why.empty()) return why;
  if (h.time_ms <= position_.time_ms) return "time not after the parent's";
  const auto& members = committee_.members;
  const auto author = std::find_if(members.begin(), members.end(),
                                   [&](const auto& m) { return m.account == h.proposer; });
  if (author == members.end()) return "proposer is not in the committee";
  if (input.fresh) {
    if (static_cast<std::size_t>(author - members.begin()) != input.proposer)
      return "not the proposer's turn";
    if (h.time_ms > input.wall_ms + kTimeAheadMsMax) {
      return "time outside the window: it is " + std::to_string(h.time_ms - input.wall_ms) +
             " ms ahead of this machine's clock";
    }
    if (h.time_ms + kTimeBehindMsMax < input.wall_ms) {
      return "time outside the window: it is " + std::to_string(input.wall_ms - h.time_ms) +
             " ms behind this machine's clock";
    }
  }
  if (!vrf_verify(author->vrf_key, block_vrf_alpha(committee_.seed, h.height).view(),
                  h.vrf_proof)) {
    return "wrong VRF proof";
  }
  return {};
}

std::string Ledger::txns_fault(const ParsedBlock& b, const ValidateInput& input) const {
  const Status ok = runtime_.check_block(state_, b.txns, position_.genesis, position_.height + 1);
  if (!ok) return ok.error().message;
  for (std::size_t i = 0; i < b.txns.size(); ++i) {
    const bool known = input.verified && input.verified(b.txns[i].hash);
    if (!known && !verify_txn_signature(b.txns[i].txn)) {
      return "transaction " + std::to_string(i) + ": wrong signature";
    }
  }
  return {};
}

Judgement Ledger::validate(const ParsedBlock& b, const ValidateInput& input) const {
  std::string why = header_fault(b.block.header, input);
  if (why.empty()) why = txns_fault(b, input);
  for (const Bytes& evidence : b.block.evidence) {
    if (why.empty() && offences_of(evidence).empty()) why = "evidence that proves nothing";
  }
  if (why.empty()) return {Verdict::valid, {}, {}};
  const Header& h = b.block.header;
  // Whatever block of this height becomes final will say so, too.
  if (h.height == position_.height + 1 && !contradiction(h, next_header()).empty())
    return {Verdict::invalid, std::move(why), encode_scale(h)};
  return {Verdict::refused, std::move(why), {}};
}

OffenceKind offence_kind(const consensus::Evidence& evidence) {
  struct Kinds {
    OffenceKind operator()(const consensus::TwoVotes& e) const {
      if (e.first.vote.kind == consensus::Kind::proposal) return OffenceKind::double_proposal;
      return e.first.vote.kind == consensus::Kind::prepare ? OffenceKind::double_prepare
                                                           : OffenceKind::double_commit;
    }
    OffenceKind operator()(const consensus::Amnesia&) const { return OffenceKind::amnesia; }
    OffenceKind operator()(const consensus::CertificateAmnesia&) const {
      return OffenceKind::amnesia;
    }
    OffenceKind operator()(const consensus::TwoCertificates&) const {
      return OffenceKind::conflicting_certificates;
    }
    OffenceKind operator()(const consensus::InvalidProposal&) const {
      return OffenceKind::invalid_proposal;
    }
  };
  return std::visit(Kinds{}, evidence);
}

std::vector<Offence> Ledger::offences_of(ByteView bytes) const {
  std::vector<Offence> out;
  const auto evidence = consensus::decode_evidence(bytes);
  if (!evidence) return out;
  const consensus::Vote vote = vote_of(*evidence);
  if (vote.era > next_era() || vote.height > position_.height + 1) return out;
  const auto committee = committee_of_era(vote.era);
  if (!committee) return out;
  const auto voters = voters_of(*committee);
  if (!voters) return out;
  const HeaderJudge judge(verifier_, position_.genesis, **voters,
                          [&](auto i) { return committee->members[i].account; });
  for (const auto i : verify_evidence(verifier_, position_.genesis, **voters, *evidence, &judge)) {
    out.push_back({offence_kind(*evidence), committee->members[i].account, vote.era, vote.height});
  }
  return out;
}

bool Ledger::is_news(const Offence& o) const {
  // The state's clock stands at the last block. In the first one of an era nobody of it has been
  // convicted, and offences_of has looked who its members are.
  if (o.era == next_era() && o.era > system::clock(state_).era) return true;
  return offences::is_news(state_, o);
}

BlockResult Ledger::execute(const ParsedBlock& b) {
  const Header& h = b.block.header;
  CESS_CHECK(h.height == position_.height + 1 && h.parent == position_.hash);
  BlockInfo info;
  info.height = h.height;
  info.time_ms = h.time_ms;
  info.proposer = h.proposer;
  info.parent = Hash256::from(h.parent.view());
  if (const auto output = vrf_output(h.vrf_proof)) info.vrf_output = sha256(ByteView(*output));
  if (h.height > 1) {
    const auto certificate = consensus::decode_certificate(h.parent_certificate);
    CESS_CHECK(certificate.has_value());
    for (std::uint16_t i = 0; i < certificate->signers.size; ++i)
      info.signers.push_back(certificate->signers.has(i));
  }
  for (const Bytes& evidence : b.block.evidence) {
    for (const Offence& o : offences_of(evidence)) info.offences.push_back(o);
  }
  BlockResult result = runtime_.execute(state_, info, b.txns, position_.genesis);
  position_.height = h.height;
  position_.hash = b.hash;
  position_.time_ms = h.time_ms;
  position_.state_root = result.state_root;
  position_.receipts_root = result.receipts_root;
  mmr_.append(Hash256::from(b.hash.view()));
  position_.mmr_peaks = mmr_.encode();
  // A committee was fixed before its era began, or the chain has no future: nothing sensible is
  // left to do.
  CESS_CHECK(load_committees().has_value());
  return result;
}

}  // namespace cess::ledger
