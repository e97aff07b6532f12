// SPDX-License-Identifier: Apache-2.0
#include "store/layout.hpp"

#include "json/json.hpp"
#include "sys/file.hpp"

namespace cess::layout {
namespace {

constexpr std::size_t kConfigSizeMax = 64U << 10U;
constexpr std::string_view kSchemaPrefix = "cess.store/";
constexpr std::string_view kSchema = "cess.store/1";

}  // namespace

std::string in(const std::string& path, std::string_view name) {
  return path + "/" + std::string(name);
}

std::string encode_config(const StoreConfig& config) {
  Json doc;
  doc["schema"] = kSchema;
  doc["miner_id"] = to_hex(config.miner);
  doc["capacity"] = std::to_string(config.capacity_bytes);
  doc["created"] = config.created;
  return write_json(doc) + "\n";
}

Result<StoreConfig> parse_config(std::string_view text, const std::string& name) {
  CESS_TRY_ASSIGN(const Json doc, parse_json(text, name, {.size_max = kConfigSizeMax}));
  const JsonView view(doc, name);
  CESS_TRY_ASSIGN(const std::string schema, view.text("schema"));
  if (schema != kSchema && schema.starts_with(kSchemaPrefix)) {
    return fail(Code::input,
                "'" + name + "' is a store of version " + schema.substr(kSchemaPrefix.size()) +
                    ", this program knows version 1; nothing was touched",
                name, "use the newer program");
  }
  CESS_TRY(view.schema(kSchema));
  StoreConfig config;
  CESS_TRY_ASSIGN(config.miner, view.id<MinerId>("miner_id"));
  CESS_TRY_ASSIGN(config.capacity_bytes, view.number("capacity", UINT64_MAX));
  if (config.capacity_bytes < kCapacityMin) {
    return fail(Code::input, "'" + name + "': capacity is below " + std::to_string(kCapacityMin),
                name);
  }
  CESS_TRY_ASSIGN(config.created, view.text("created"));
  return config;
}

Result<StoreConfig> load_config(const std::string& path) {
  const std::string name = in(path, kStoreFile);
  if (path_exists(path) && !path_exists(name)) {
    return fail(Code::system, "cannot open store '" + path + "': there is no store.json in it",
                path, "mount its disk, or make a new store with 'cess-store -s " + path + " init'");
  }
  CESS_TRY_ASSIGN(const Bytes text, read_file(name, kConfigSizeMax));
  return parse_config(as_text(text), name);
}

}  // namespace cess::layout
