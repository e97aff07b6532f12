// SPDX-License-Identifier: Apache-2.0
#include "chain/light/proof.hpp"

#include "chain/consensus/light.hpp"
#include "chain/ledger/blocks.hpp"
#include "chain/state/kernel/state.hpp"
#include "merkle/tree.hpp"

namespace cess::light {
namespace {

constexpr std::size_t kHeaderSizeMax = 4096;
constexpr std::size_t kCommitteeSizeMax = 64U << 10U;

tl::unexpected<Error> no(std::string why) {
  return fail(Code::no, "proof refused: " + std::move(why), "proof");
}

/// A failure of checking is the answer "no".
template <class T>
Result<T> as_no(Result<T> r) {
  if (!r && r.error().code == Code::input) r.error().code = Code::no;
  return r;
}

Result<consensus::CertifiedHeader> certified(const JsonView& view, const char* header,
                                             const char* certificate) {
  consensus::CertifiedHeader out;
  CESS_TRY_ASSIGN(out.header, view.hex(header, kHeaderSizeMax));
  CESS_TRY_ASSIGN(const Bytes bytes, view.hex(certificate, kCertificateSizeMax));
  CESS_TRY_ASSIGN(out.certificate, consensus::decode_certificate(bytes));
  return out;
}

Result<consensus::CommitteePtr> committee_of(ByteView bytes) {
  CESS_TRY_ASSIGN(const auto committee, decode_scale<Committee>(bytes, "committee"));
  return ledger::voters_of(committee);
}

// The way from the checkpoint, as far as the document tells it: without "path" the checkpoint must
// be a header of the proof itself.
struct Path {
  Bytes checkpoint_header;
  std::vector<consensus::CommitteePtr> committees;
  std::vector<consensus::CertifiedHeader> links;
};

Result<Path> read_path(const JsonView& view) {
  Path path;
  if (!view.has("path")) return path;
  CESS_TRY_ASSIGN(const auto p, view.object("path"));
  CESS_TRY_ASSIGN(path.checkpoint_header, p.hex("checkpoint_header_bytes", kHeaderSizeMax));
  CESS_TRY_ASSIGN(const auto links, p.array("links", kPathLengthMax));
  for (const auto& link : links) {
    CESS_TRY_ASSIGN(auto header, certified(link, "header_bytes", "certificate_bytes"));
    path.links.push_back(std::move(header));
  }
  const auto it = p.value().find("committees");
  if (it == p.value().end() || !it->is_array() || it->size() > kPathLengthMax) {
    return fail(Code::input, "proof: path.committees: want an array", "proof");
  }
  for (const auto& c : *it) {
    CESS_TRY_ASSIGN(const auto text, detail::json_text(c, "proof: path.committees"));
    if (text.size() > 2 * kCommitteeSizeMax)
      return fail(Code::input, "proof: a committee is over the limit", "proof");
    CESS_TRY_ASSIGN(const Bytes bytes, parse_hex(text, "proof: path.committees"));
    CESS_TRY_ASSIGN(auto committee, committee_of(bytes));
    path.committees.push_back(std::move(committee));
  }
  return path;
}

class Checker {
 public:
  Checker(consensus::Verifier& verifier, const Trust& trust, const Hash256& genesis, Path path)
      : verifier_(verifier), trust_(trust), genesis_(genesis), path_(std::move(path)) {}

  /// Without a path: the checkpoint is this header, and these committees rule its era and the next.
  void begin_at(Bytes header, std::vector<consensus::CommitteePtr> committees) {
    path_.checkpoint_header = std::move(header);
    path_.committees = std::move(committees);
  }
  [[nodiscard]] bool may_begin_at(const Header& header) const {
    return path_.checkpoint_header.empty() && header_hash(header) == trust_.checkpoint;
  }

  /// The header, proven from the checkpoint.
  Result<Header> check(const consensus::CertifiedHeader& target) {
    CESS_TRY_ASSIGN(const Header header, ledger::parse_header(target.header));
    if (header_hash(header) == trust_.checkpoint) return header;
    if (path_.checkpoint_header.empty()) {
      return fail(Code::no, "proof refused: it does not lead to the checkpoint", "proof",
                  "ask a node for one that does: show --prove --checkpoint HASH");
    }
    CESS_TRY_ASSIGN(const Header from, ledger::parse_header(path_.checkpoint_header));
    if (header_hash(from) != trust_.checkpoint)
      return no("it begins at another block than the checkpoint");
    const consensus::LightRules rules{genesis_, trust_.unbonding_ms, trust_.now_ms};
    const consensus::Checkpoint checkpoint{from.height, ledger::digest_of(trust_.checkpoint)};
    consensus::HeaderChain chain{path_.checkpoint_header, path_.committees, {}, target};
    for (const auto& link : path_.links) {
      CESS_TRY_ASSIGN(const Header h, ledger::parse_header(link.header));
      if (h.height < header.height) chain.links.push_back(link);
    }
    const ledger::ChainReader reader;
    CESS_TRY(as_no(consensus::verify_header_chain(verifier_, reader, rules, checkpoint, chain)));
    return header;
  }

 private:
  consensus::Verifier& verifier_;
  const Trust& trust_;
  Hash256 genesis_;
  Path path_;
};

Result<Verdict> check_state(const JsonView& view, Checker& checker, Verdict verdict) {
  verdict.kind = "state";
  CESS_TRY_ASSIGN(const Bytes key, view.hex("raw_key", 1024));
  verdict.raw_key = std::string(as_text(key));
  if (view.has("raw_value") && !view.value()["raw_value"].is_null()) {
    CESS_TRY_ASSIGN(const Bytes value, view.hex("raw_value", kProofDocumentSizeMax));
    verdict.raw_value = std::string(as_text(value));
  }
  CESS_TRY_ASSIGN(const Bytes path, view.hex("state_proof", 1U << 16U));
  CESS_TRY_ASSIGN(const auto target, certified(view, "header_bytes", "certificate_bytes"));
  CESS_TRY_ASSIGN(const Header header, checker.check(target));
  if (header.height == 0) return no("the first block holds no root");
  verdict.height = header.height - 1;
  verdict.block = header_hash(header);
  std::optional<std::string_view> value;
  if (verdict.raw_value) value = *verdict.raw_value;
  if (!verify_state_proof(header.state_root, verdict.raw_key, value, path)) {
    return no("the path does not lead from the value to the header's state root");
  }
  return verdict;
}

Result<std::vector<Hash256>> read_merkle_path(const JsonView& view, const char* key) {
  CESS_TRY_ASSIGN(const Bytes bytes, view.hex(key, 64 * Hash256::kSize));
  if (bytes.size() % Hash256::kSize != 0)
    return fail(Code::input, std::string("proof: ") + key + ": want 32-byte hashes");
  std::vector<Hash256> out;
  for (std::size_t i = 0; i < bytes.size(); i += Hash256::kSize) {
    out.push_back(Hash256::from(ByteView(bytes).subspan(i, Hash256::kSize)));
  }
  return out;
}

// Of the block's era, and of the next header's if that is another.
Result<std::vector<consensus::CommitteePtr>> read_committees(const JsonView& view) {
  std::vector<consensus::CommitteePtr> out;
  for (const char* key : {"committee_bytes", "next_committee_bytes"}) {
    if (!view.has(key) || view.value()[key].is_null()) continue;
    CESS_TRY_ASSIGN(const Bytes bytes, view.hex(key, kCommitteeSizeMax));
    CESS_TRY_ASSIGN(auto committee, committee_of(bytes));
    out.push_back(std::move(committee));
  }
  return out;
}

Result<Verdict> check_finality(const JsonView& view, Checker& checker, Verdict verdict) {
  verdict.kind = "finality";
  CESS_TRY_ASSIGN(const Bytes txn, view.hex("txn_bytes", kTxnSizeMax));
  CESS_TRY_ASSIGN(const Bytes receipt, view.hex("receipt_bytes", kFieldBytesMax));
  CESS_TRY_ASSIGN(const auto index, view.number("index", kBlockTxnCountMax));
  CESS_TRY_ASSIGN(const auto count, view.number("count", kBlockTxnCountMax));
  CESS_TRY_ASSIGN(const auto txn_path, read_merkle_path(view, "txn_path"));
  CESS_TRY_ASSIGN(const auto receipt_path, read_merkle_path(view, "receipt_path"));
  CESS_TRY_ASSIGN(const auto block, certified(view, "header_bytes", "certificate_bytes"));
  CESS_TRY_ASSIGN(const auto next, certified(view, "next_header_bytes", "next_certificate_bytes"));
  CESS_TRY_ASSIGN(verdict.body, parse_txn(txn));
  CESS_TRY_ASSIGN(verdict.receipt, decode_scale<Receipt>(receipt, "receipt"));
  CESS_TRY_ASSIGN(const Header header, ledger::parse_header(block.header));
  if (checker.may_begin_at(header)) {
    CESS_TRY_ASSIGN(auto committees, read_committees(view));
    checker.begin_at(block.header, std::move(committees));
  }
  // The next header is proven; it names this one as its parent.
  CESS_TRY_ASSIGN(const Header after, checker.check(next));
  verdict.block = header_hash(header);
  verdict.height = header.height;
  if (after.parent != verdict.block) return no("the second header does not follow the first");
  verdict.txn = txn_hash(txn);
  if (verdict.receipt->txn != verdict.txn) return no("the receipt is of another transaction");
  if (!verify_merkle_path(header.txns_root, count, index, merkle_leaf(txn), txn_path)) {
    return no("the transaction is not in the block");
  }
  // Receipt 0 is the block's own.
  if (!verify_merkle_path(after.receipts_root, count + 1, index + 1, merkle_leaf(receipt),
                          receipt_path)) {
    return no("the receipt is not the block's");
  }
  return verdict;
}

}  // namespace

Result<Verdict> verify_proof(consensus::Verifier& verifier, const Trust& trust,
                             const Json& document) {
  const JsonView view(document, "proof");
  const auto schema = document.is_object() ? document.value("schema", Json()) : Json();
  const bool state = schema == kStateProofSchema;
  if (!state && schema != kFinalityProofSchema) {
    return fail(Code::input,
                "proof: want schema " + std::string(kStateProofSchema) + " or " +
                    std::string(kFinalityProofSchema),
                "proof");
  }
  Verdict verdict;
  CESS_TRY_ASSIGN(verdict.genesis, view.id<Hash256>("genesis"));
  CESS_TRY_ASSIGN(Path path, read_path(view));
  Checker checker(verifier, trust, verdict.genesis, std::move(path));
  return state ? check_state(view, checker, std::move(verdict))
               : check_finality(view, checker, std::move(verdict));
}

}  // namespace cess::light
