// SPDX-License-Identifier: Apache-2.0
#include "show_mempool.hpp"

namespace cess {

Result<Json> show_mempool(client::Rpc& rpc, const std::vector<std::string>& who) {
  Json out = {{"schema", "cess.mempool/1"}};
  if (who.size() > 1) return fail(Code::usage, "want mempool, or mempool ADDRESS", "mempool");
  if (who.empty()) {
    CESS_TRY_ASSIGN(const Json status, rpc.call("mempool_status"));
    out.update(status);
    return out;
  }
  CESS_TRY_ASSIGN(out["waiting"], rpc.call("mempool_list", {{"sender", who[0]}}));
  return out;
}

}  // namespace cess
