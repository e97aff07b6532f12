// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/hex.hpp"
#include "proto/fragment_server.hpp"

namespace cess::proto {
namespace {

std::optional<std::uint64_t> number(std::string_view text, std::uint64_t max) {
  if (text.empty() || text.size() > 15 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint64_t n = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    n = n * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return n <= max ? std::optional(n) : std::nullopt;
}

/// "a/b/c" in parts, at most seven.
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (parts.size() < 7) {
    const std::size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

using Kind = Route::Kind;

Kind file_route(const std::vector<std::string_view>& p, FragmentAt& at, TaggerId& tagger) {
  const auto fid = parse_id<Fid>(p[2], "fid");
  if (!fid) return Kind::none;
  at.fid = *fid;
  if (p.size() == 4) {
    if (p[3] == "manifest") return Kind::manifest;
    return p[3] == "receipts" ? Kind::receipts : Kind::none;
  }
  if (p[3] == "taggers" && p.size() == 5) {
    const auto id = parse_id<TaggerId>(p[4], "tagger");
    if (id) tagger = *id;
    return id ? Kind::tagger : Kind::none;
  }
  if (p[3] == "columns" && p.size() == 6 && p[5] == "held") {
    const auto column = number(p[4], 0xffff);
    if (!column) return Kind::none;
    at.column = static_cast<std::uint16_t>(*column);
    return Kind::held;
  }
  if (p[3] == "segments" && p.size() == 6 && p[5] == "tags") {
    const auto segment = number(p[4], 0xffffffffU);
    if (!segment) return Kind::none;
    at.segment = static_cast<std::uint32_t>(*segment);
    return Kind::segment_tags;
  }
  if (p[3] != "fragments" || p.size() < 6 || p.size() > 7) return Kind::none;
  const auto segment = number(p[4], 0xffffffffU);
  const auto column = number(p[5], 0xffff);
  if (!segment || !column) return Kind::none;
  at.segment = static_cast<std::uint32_t>(*segment);
  at.column = static_cast<std::uint16_t>(*column);
  if (p.size() == 6) return Kind::fragment;
  if (p[6] == "state") return Kind::state;
  return p[6] == "tags" ? Kind::tags : Kind::none;
}

}  // namespace

Route parse_route(std::string_view target) {
  Route route;
  const std::size_t mark = std::min(target.find('?'), target.size());
  if (mark < target.size()) route.query = std::string(target.substr(mark + 1));
  const std::string_view path = target.substr(0, mark);
  if (!path.starts_with('/')) return route;
  const auto p = split(path.substr(1));
  if (p.size() == 1) {
    route.kind = p[0] == "health" ? Kind::health : p[0] == "metrics" ? Kind::metrics : Kind::none;
  } else if (p[0] != "v1") {
    return route;
  } else if (p.size() == 2) {
    route.kind = p[1] == "status" ? Kind::status : Kind::none;
  } else if (p[1] == "files" && p.size() >= 4) {
    route.kind = file_route(p, route.at, route.tagger);
  } else if (p[1] == "idle" && p.size() == 4 && p[2] == "blobs") {
    const auto digest = parse_id<Hash256>(p[3], "digest");
    if (!digest) return route;
    route.digest = *digest;
    route.kind = Kind::idle_blob;
  } else if (p[1] == "fragments" && p.size() >= 3 && p.size() <= 4) {
    const auto frag = parse_id<FragId>(p[2], "fragment");
    if (!frag) return route;
    route.frag = *frag;
    route.kind = p.size() == 3     ? Kind::by_id
                 : p[3] == "tags"  ? Kind::tags_by_id
                 : p[3] == "range" ? Kind::range_by_id
                                   : Kind::none;
  }
  return route;
}

Result<std::optional<std::uint64_t>> query_number(std::string_view query, std::string_view name,
                                                  std::uint64_t max) {
  const std::string key = std::string(name) + "=";
  std::optional<std::uint64_t> found;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    std::string_view part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (!part.starts_with(key)) continue;
    part.remove_prefix(key.size());
    const auto n = number(part, max);
    if (!n || found) {
      return fail(Code::input, "cannot read '" + std::string(name) + "' of the query",
                  std::string(name));
    }
    found = n;
  }
  return found;
}

}  // namespace cess::proto
