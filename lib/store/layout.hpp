// SPDX-License-Identifier: Apache-2.0
// What lies where in a store's folder, and store.json.
// clang-format off
//   store.json               cess.store/1: miner_id, capacity, created; written last by init
//   lock                     flock of the writer
//   ack                      last acknowledged sequence (ack.hpp)
//   index/                   RocksDB; index.new/ while it is rebuilt
//   fragments/ab/cd/<frag_id>.frag     raw stored bytes
//   tags/ab/cd/<sidecar_id>.tags       tag files of one segment, concatenated
//   manifests/<fid>.json
//   taggers/<tagger_id>.pub
//   damaged/<frag_id>        empty: scrub found the fragment damaged
//   tmp/                     being written; tmp/intent names what a group is about to change
//   scrub.cursor, scrub.lock where a resumable scrub stands
// clang-format on
// File names are hex of ids the store has computed, never text from outside.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "store/store.hpp"

namespace cess::layout {

constexpr std::string_view kStoreFile = "store.json";
constexpr std::string_view kIndexNew = "index.new";  ///< a rebuild under way
/// Longest tag files of one segment together, and longest manifest.
constexpr std::uint64_t kSidecarSizeMax = 256U << 20U;
constexpr std::uint64_t kManifestSizeMax = 64U << 20U;
/// Smallest capacity `init` takes: room for the index and a few fragments.
constexpr std::uint64_t kCapacityMin = 32U << 20U;
/// Kept free for the index of `count` fragments: its log, tables, and a compaction's copies;
/// measured by bench_store at a third of this and less.
constexpr std::uint64_t index_reserve(std::uint64_t count) { return (12U << 20U) + count * 2048; }

/// `name` inside the store at `path`.
std::string in(const std::string& path, std::string_view name);
std::string encode_config(const StoreConfig& config);
/// Code::input for another schema or version.
Result<StoreConfig> parse_config(std::string_view text, const std::string& name);
/// Reads store.json; Code::system with a hint when there is none.
Result<StoreConfig> load_config(const std::string& path);

}  // namespace cess::layout
