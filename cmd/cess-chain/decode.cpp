// SPDX-License-Identifier: Apache-2.0
// decode: any bytes of the chain to JSON.
#include <memory>

#include "base/hex.hpp"
#include "chain/light/proof.hpp"
#include "chain/node/wire.hpp"
#include "commands.hpp"
#include "decode_bytes.hpp"
#include "inputs.hpp"

namespace cess {
namespace {

struct DecodeOptions {
  std::string what;
  std::string item;
};

// The largest message between nodes with its frames, in hexadecimal, with a line end.
constexpr std::size_t kMessageSizeMax = kBlockSizeMax + node::wire::kRangeBytesMax + (1U << 16U);
constexpr std::size_t kInputSizeMax = 2 * kMessageSizeMax + 3;

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::string_view(" \r\n\t").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return text;
}

// Bytes as they are, or as hexadecimal text with or without 0x.
Bytes unwrap(Bytes input) {
  std::string_view text = trim(as_text(input));
  if (text.starts_with("0x")) text.remove_prefix(2);
  if (text.empty()) return input;
  auto hex = parse_hex(text, "input");
  return hex ? std::move(*hex) : input;
}

Result<Json> find(const DecodeOptions& o, const Bytes& bytes, const std::string& name) {
  if (!o.item.empty()) return decode_value(o.item, bytes);
  if (auto found = decode_bytes(bytes)) return std::move(*found);
  const std::string_view text = trim(as_text(bytes));
  if (text.starts_with("{")) {
    JsonLimits limits;
    limits.size_max = light::kProofDocumentSizeMax;
    CESS_TRY_ASSIGN(const Json document, parse_json(text, name, limits));
    if (auto found = decode_document(document)) return std::move(*found);
  }
  return fail(Code::input,
              "cannot decode " + std::to_string(bytes.size()) +
                  " bytes: neither a transaction, block, header, receipt, certificate, committee, "
                  "evidence, state key, voter record, message or frame between nodes, nor a "
                  "document with such bytes",
              o.what, "a stored value needs its item's name: --item");
}

Result<int> decode(const DecodeOptions& o, cli::Context& ctx) {
  Bytes input;
  std::string name = "argument";
  if (parse_hex(o.what.substr(o.what.starts_with("0x") ? 2 : 0), "argument") && !o.what.empty()) {
    append(input, o.what);
  } else {
    CESS_TRY_ASSIGN(input, read_input(ctx, o.what, kInputSizeMax, name));
  }
  CESS_TRY_ASSIGN(const Json found, find(o, unwrap(std::move(input)), name));
  CESS_TRY(ctx.print(found));
  return 0;
}

}  // namespace

cli::Command decode_command() {
  auto o = std::make_shared<DecodeOptions>();
  cli::Command c;
  c.name = "decode";
  c.summary = "print bytes of the chain as JSON, whatever they are";
  c.declare = [o](cli::Options& opt) {
    opt.positional("WHAT", o->what, "hex digits, or a file of bytes, hex or JSON; default stdin");
    opt.text("--item", "NAME", o->item, "the bytes are a stored value of this item");
  };
  c.run = [o](cli::Context& ctx) { return decode(*o, ctx); };
  return c;
}

}  // namespace cess
