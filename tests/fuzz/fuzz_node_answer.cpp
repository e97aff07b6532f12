// SPDX-License-Identifier: Apache-2.0
// links: chain_client chain_state chain_types json base
// Answers of a node that lies to who asks it, events that it sends, and transactions in files:
// never more than an error.
#include <cstdint>

#include "base/check.hpp"
#include "chain/client/events.hpp"
#include "chain/client/state.hpp"
#include "chain/client/txn_file.hpp"
#include "chain/state/accounts/accounts.hpp"

namespace {

using namespace cess;

/// Says the same to whatever is asked, and gives up in the end.
class Says final : public client::Rpc {
 public:
  explicit Says(const Json& answer) : answer_(&answer) {}

 private:
  Result<Json> ask(const std::string& /*method*/, Json /*params*/) override {
    if (++asked_ > 8) return fail(Code::peer, "no more");
    return client::rpc_result(*answer_);
  }
  const Json* answer_;
  int asked_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(ByteView(data, size));
  if (const auto body = client::parse_txn_body_document(text, "body")) {
    const auto again =
        client::parse_txn_body_document(write_json(client::txn_body_document(*body)), "body");
    CESS_CHECK(again.has_value() && encode_scale(*again) == encode_scale(*body));
  }
  if (const auto txn = client::parse_txn_document(text, "txn")) {
    const auto again = client::parse_txn_document(write_json(client::txn_document(*txn)), "txn");
    CESS_CHECK(again.has_value() && encode_scale(*again) == encode_scale(*txn));
  }
  const auto json = parse_json(text, "answer");
  if (!json) return 0;
  (void)client::parse_event(*json);
  Says info(*json), one(*json), all(*json);
  (void)client::synced_info(info);
  (void)client::get(one, accounts::kAccounts, AccountId());
  (void)client::list(all, "accounts.account", accounts::kAccounts, 100);
  return 0;
}
