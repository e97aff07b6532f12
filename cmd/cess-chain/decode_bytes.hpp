// SPDX-License-Identifier: Apache-2.0
// What bytes of the chain are, found out by trying: every format is strict.
#pragma once

#include <optional>

#include "chain/state/kernel/runtime.hpp"

namespace cess {

/// cess.decoded/1 with `kind` and what it says, or nothing: a transaction, a transaction body, a
/// block, a header, evidence, a certificate, a committee, a receipt, the key of a stored item, and
/// what decode_messages.hpp knows.
std::optional<Json> decode_bytes(ByteView bytes);

/// The same for one format.
std::optional<Json> decode_txn(ByteView bytes);
std::optional<Json> decode_header(ByteView bytes);
std::optional<Json> decode_block(ByteView bytes);
std::optional<Json> decode_certificate(ByteView bytes);
std::optional<Json> decode_evidence(ByteView bytes);
std::optional<Json> decode_committee(ByteView bytes);
/// The value of an item ("accounts.account", "account"). Code::usage: no such item; Code::input.
Result<Json> decode_value(const std::string& item, ByteView bytes);
/// A document with bytes in it (proofs, cess.txn/1, cess.txn_body/1), each decoded in its place.
/// Nothing if there are none.
std::optional<Json> decode_document(const Json& document);
/// The stored item that a key belongs to: its whole name and itself.
std::optional<std::pair<std::string, ItemInfo>> item_of_key(std::string_view key);

}  // namespace cess
