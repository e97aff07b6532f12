// SPDX-License-Identifier: Apache-2.0
#include "base/hex.hpp"
#include "commands.hpp"
#include "store/writer.hpp"
#include "sys/clock.hpp"

namespace cess {

cli::Command init_command(const Common& common) {
  struct Own {
    std::uint64_t capacity = 0;
    std::string miner;
  };
  const auto own = std::make_shared<Own>();
  cli::Command c;
  c.name = "init";
  c.summary = "make a new store";
  c.declare = [own](cli::Options& o) {
    o.size("--capacity", "SIZE", own->capacity, "bytes the store may ever take, e.g. 500GiB", true);
    o.text("--miner", "HEX", own->miner, "miner id, 64 hex digits; random by default");
  };
  c.run = [common, own](cli::Context& ctx) -> Result<int> {
    StoreConfig config;
    config.capacity_bytes = own->capacity;
    config.created = format_rfc3339(ctx.clock->unix_seconds());
    if (own->miner.empty()) {
      ctx.random->fill(config.miner.mut());
    } else {
      auto miner = parse_id<MinerId>(own->miner, "--miner");
      if (!miner) return fail(Code::usage, miner.error().message, own->miner);
      config.miner = *miner;
    }
    CESS_TRY(Store::init(common->store, config));
    Json doc;
    doc["schema"] = "cess.store/1";
    doc["miner_id"] = to_hex(config.miner);
    doc["capacity"] = std::to_string(config.capacity_bytes);
    doc["created"] = config.created;
    if (ctx.json) {
      CESS_TRY(ctx.print(doc));
    } else {
      ctx.note("miner " + to_hex(config.miner));
    }
    return 0;
  };
  return c;
}

}  // namespace cess
