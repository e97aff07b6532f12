// SPDX-License-Identifier: Apache-2.0
#include "tagger/route.hpp"

#include <charconv>
#include <vector>

#include "base/codec.hpp"
#include "base/hex.hpp"

namespace cess::tagger {
namespace {

constexpr std::string_view kBase = "/tagger/v1/";
constexpr std::size_t kTargetSizeMax = 512;
constexpr std::size_t kRouteTagFileMax = 1U << 20U;

tl::unexpected<Error> nothing() { return fail(Code::no, "there is no such resource"); }

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto at = text.find(by);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

Result<std::uint64_t> decimal(std::string_view text, std::uint64_t max, std::string_view what) {
  std::uint64_t v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc{} || end != text.data() + text.size() || v > max ||
      (text.size() > 1 && text.front() == '0')) {
    return fail(Code::input, std::string(what) + " is not a number up to " + std::to_string(max));
  }
  return v;
}

/// The parameters of a query, which must be these, in this order.
Result<std::vector<std::string_view>> values(std::string_view query,
                                             const std::vector<std::string_view>& names) {
  const auto fields = split(query, '&');
  std::vector<std::string_view> out;
  if (fields.size() == names.size()) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto eq = fields[i].find('=');
      if (eq == std::string_view::npos || fields[i].substr(0, eq) != names[i]) break;
      out.push_back(fields[i].substr(eq + 1));
    }
  }
  if (out.size() != names.size()) return fail(Code::input, "wrong parameters of the request");
  return out;
}

Status parse_place(TaggerRoute& r, std::string_view segment, std::string_view column) {
  CESS_TRY_ASSIGN(const auto s, decimal(segment, UINT32_MAX, "segment"));
  CESS_TRY_ASSIGN(const auto c, decimal(column, UINT16_MAX, "column"));
  r.segment = static_cast<std::uint32_t>(s);
  r.column = static_cast<std::uint16_t>(c);
  return {};
}

Result<TaggerRoute> parse_share(std::string_view query) {
  TaggerRoute r;
  r.op = TaggerOp::share;
  const bool repair = query.find("&for=repair&") != std::string_view::npos;
  r.purpose = repair ? SharePurpose::repair : SharePurpose::read;
  const std::vector<std::string_view> names =
      repair ? std::vector<std::string_view>{"fid", "for", "segment", "column", "reply"}
             : std::vector<std::string_view>{"fid", "for", "reply"};
  CESS_TRY_ASSIGN(const auto v, values(query, names));
  CESS_TRY_ASSIGN(r.fid, parse_id<Fid>(v[0], "fid"));
  if (v[1] != (repair ? "repair" : "read"))
    return fail(Code::input, "for is neither read nor repair");
  if (repair) CESS_TRY(parse_place(r, v[2], v[3]));
  CESS_TRY(parse_hex_into(r.reply, v.back(), "reply"));
  return r;
}

Result<TaggerRoute> parse_rebuild(std::string_view query) {
  TaggerRoute r;
  r.op = TaggerOp::rebuild;
  CESS_TRY_ASSIGN(const auto v, values(query, {"fid", "segment", "column"}));
  CESS_TRY_ASSIGN(r.fid, parse_id<Fid>(v[0], "fid"));
  CESS_TRY(parse_place(r, v[1], v[2]));
  return r;
}

Result<FragmentPos> parse_name(std::string_view text) {
  const auto pos = parse_fragment_name(text);
  if (!pos) return fail(Code::input, "not the name of a fragment");
  return *pos;
}

Result<TaggerRoute> parse_job(std::string_view method, const std::vector<std::string_view>& parts) {
  TaggerRoute r;
  if (parts.size() == 1) {
    if (method != "POST") return nothing();
    r.op = TaggerOp::begin;
    return r;
  }
  CESS_TRY_ASSIGN(r.job, parse_id<Hash256>(parts[1], "job"));
  if (parts.size() == 2 && (method == "GET" || method == "DELETE")) {
    r.op = method == "GET" ? TaggerOp::status : TaggerOp::drop;
    return r;
  }
  if (parts.size() == 3 && parts[2] == "seal" && method == "POST") {
    r.op = TaggerOp::seal;
    return r;
  }
  if (parts.size() == 4 && parts[2] == "fragments" && method == "PUT") {
    r.op = TaggerOp::put;
    CESS_TRY_ASSIGN(r.pos, parse_name(parts[3]));
    return r;
  }
  return nothing();
}

}  // namespace

Result<TaggerRoute> parse_tagger_route(std::string_view method, std::string_view target) {
  TaggerRoute r;
  if (target.size() > kTargetSizeMax) return nothing();
  if (method == "GET" && target == "/health") return r;
  if (method == "GET" && target == "/metrics") {
    r.op = TaggerOp::metrics;
    return r;
  }
  if (!target.starts_with(kBase)) return nothing();
  target.remove_prefix(kBase.size());
  const auto mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  const bool has_query = mark != std::string_view::npos;
  const std::string_view query = has_query ? target.substr(mark + 1) : std::string_view();
  if (has_query && method == "POST" && path == "shares") return parse_share(query);
  if (has_query && method == "POST" && path == "rebuild") return parse_rebuild(query);
  if (has_query) return nothing();
  const auto parts = split(path, '/');
  if (parts[0] == "jobs") return parse_job(method, parts);
  if (method == "GET" && parts.size() == 3 && parts[0] == "tags") {
    r.op = TaggerOp::tags;
    CESS_TRY_ASSIGN(r.fid, parse_id<Fid>(parts[1], "fid"));
    CESS_TRY_ASSIGN(r.pos, parse_name(parts[2]));
    return r;
  }
  if (method == "GET" && parts.size() == 2 && parts[0] == "manifests") {
    r.op = TaggerOp::manifest;
    CESS_TRY_ASSIGN(r.fid, parse_id<Fid>(parts[1], "fid"));
    return r;
  }
  return nothing();
}

std::string tagger_method(const TaggerRoute& r) {
  switch (r.op) {
    case TaggerOp::begin:
    case TaggerOp::seal:
    case TaggerOp::share:
    case TaggerOp::rebuild:
      return "POST";
    case TaggerOp::put:
      return "PUT";
    case TaggerOp::drop:
      return "DELETE";
    default:
      return "GET";
  }
}

std::string tagger_target(const TaggerRoute& r) {
  const std::string base(kBase);
  const std::string place =
      "&segment=" + std::to_string(r.segment) + "&column=" + std::to_string(r.column);
  switch (r.op) {
    case TaggerOp::begin:
      return base + "jobs";
    case TaggerOp::status:
    case TaggerOp::drop:
      return base + "jobs/" + to_hex(r.job);
    case TaggerOp::put:
      return base + "jobs/" + to_hex(r.job) + "/fragments/" + fragment_name(r.pos);
    case TaggerOp::seal:
      return base + "jobs/" + to_hex(r.job) + "/seal";
    case TaggerOp::share:
      return base + "shares?fid=" + to_hex(r.fid) +
             (r.purpose == SharePurpose::read ? "&for=read" : "&for=repair" + place) +
             "&reply=" + to_hex(r.reply);
    case TaggerOp::rebuild:
      return base + "rebuild?fid=" + to_hex(r.fid) + place;
    case TaggerOp::tags:
      return base + "tags/" + to_hex(r.fid) + "/" + fragment_name(r.pos);
    case TaggerOp::manifest:
      return base + "manifests/" + to_hex(r.fid);
    case TaggerOp::health:
      return "/health";
    case TaggerOp::metrics:
      return "/metrics";
  }
  return {};
}

Bytes write_rebuilt(ByteView tags, ByteView data) { return Writer().sized(tags).raw(data).take(); }

Result<Rebuilt> parse_rebuilt(ByteView body) {
  Reader in(body, "rebuilt fragment");
  CESS_TRY_ASSIGN(const ByteView tags, in.sized(kRouteTagFileMax, "tags"));
  CESS_TRY_ASSIGN(const ByteView data, in.raw(in.left(), "fragment"));
  return Rebuilt{{tags.begin(), tags.end()}, {data.begin(), data.end()}};
}

}  // namespace cess::tagger
