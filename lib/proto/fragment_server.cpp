// SPDX-License-Identifier: Apache-2.0
#include "proto/fragment_server.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "proto/base64.hpp"

namespace cess::proto {

Result<Bytes> FragmentService::idle_blob(const Hash256& digest) {
  return fail(Code::no, "no proof '" + to_hex(digest) + "'");
}

Result<Bytes> FragmentService::prove_range(const FragId& frag, std::uint64_t, std::uint64_t) {
  return fail(Code::no, "no fragment '" + to_hex(frag) + "'");
}

Result<Toll> FragmentService::toll(const Reader&, std::uint64_t) { return Toll{}; }

Result<Bytes> parse_voucher_field(std::string_view field) {
  if (field.empty()) return Bytes();
  if (field.size() > 2 * kVoucherSizeMax) return fail(Code::input, "the voucher is too long");
  CESS_TRY_ASSIGN(Bytes voucher, parse_base64(field, kVoucherField));
  if (voucher.size() > kVoucherSizeMax) return fail(Code::input, "the voucher is too long");
  return voucher;
}

namespace {

using Kind = Route::Kind;
using net::HttpRequest;
using net::HttpResponse;

constexpr std::uint32_t kHeldMax = 100'000;
constexpr std::uint64_t kOffsetMax = std::uint64_t{1} << 49U;
constexpr std::uint64_t kRangeDefault = 64U << 10U;
constexpr const char* kBinary = "application/octet-stream";

HttpResponse refused(unsigned status, const Error& error) {
  Json body;
  body["error"] = error.message;
  if (!error.hint.empty()) body["hint"] = error.hint;
  HttpResponse response{status, "application/json", write_json(body) + "\n", {}};
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}
HttpResponse refused(unsigned status, std::string message) {
  return refused(status, Error{Code::input, std::move(message), {}, {}});
}

HttpResponse refused(const Error& error) {
  switch (error.code) {
    case Code::no:
      return refused(404, error);
    case Code::input:
    case Code::usage:
      return refused(409, error);
    case Code::busy:
      return refused(503, error);
    default:
      return refused(500, error);
  }
}

HttpResponse of_json(const Json& body) {
  return {200, "application/json", write_json(body) + "\n", {}};
}

HttpResponse of_bytes(const Result<Bytes>& bytes, const char* type) {
  if (!bytes) return refused(bytes.error());
  return {200, type, std::string(as_text(*bytes)), {}};
}

HttpResponse of_state(const Result<PutState>& state) {
  if (!state) return refused(state.error());
  if (!state->no_room.empty()) return refused(507, state->no_room);
  Json body;
  body["received"] = state->received;
  body["stored"] = state->stored;
  return of_json(body);
}

HttpResponse of_toll(const Toll& toll) {
  Json body;
  body["error"] = toll.why;
  body["price_per_mib"] = toll.price_per_mib;
  body["paid"] = toll.paid;
  body["served"] = toll.served;
  return {402, "application/json", write_json(body) + "\n", {}};
}

HttpResponse of_piece(const Result<Piece>& piece, bool ranged) {
  if (!piece) {
    if (ranged && piece.error().message == "the range is beyond the end")
      return refused(416, piece.error());
    return refused(piece.error());
  }
  HttpResponse response{200, kBinary, std::string(as_text(piece->data)), {}};
  response.headers.emplace_back("Accept-Ranges", "bytes");
  if (piece->range.size != piece->range.total) {
    response.status = 206;
    response.headers.emplace_back("Content-Range", format_content_range(piece->range));
  }
  return response;
}

bool is_write(Kind kind, std::string_view method) {
  if (method == "PUT")
    return kind == Kind::manifest || kind == Kind::fragment || kind == Kind::tagger;
  return method == "POST" && kind == Kind::receipts;
}
bool is_read(Kind kind, std::string_view method) {
  return (method == "GET" || method == "HEAD") && kind != Kind::none && kind != Kind::receipts;
}

}  // namespace

struct FragmentServer::Impl {
  struct Job {
    HttpRequest request;
    Route route;
    net::HttpReply reply;
  };

  FragmentService& service;
  Clock& clock;
  FragmentServerOptions options;
  RequestGuard guard;
  Json identity;  ///< of every status
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job> queue;
  bool stopping = false;
  std::vector<std::thread> threads;

  Impl(FragmentService& service_in, const Hash256& genesis, const Ed25519Public& server,
       Clock& clock_in, FragmentServerOptions options_in)
      : service(service_in),
        clock(clock_in),
        options(options_in),
        guard(genesis, server, options_in.guard) {
    identity["schema"] = "cess.fragment_server/1";
    identity["genesis"] = to_hex(genesis);
    identity["key"] = to_hex(ByteView(server));
  }

  void work() {
    for (;;) {
      std::unique_lock lock(mutex);
      wake.wait(lock, [this] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      Job job = std::move(queue.front());
      queue.pop_front();
      const bool over = stopping;
      lock.unlock();
      job.reply(over ? refused(503, "going down") : answer(job));
    }
  }

  HttpResponse answer(const Job& job) {
    if (is_write(job.route.kind, job.request.method)) return write(job);
    return read(job);
  }

  HttpResponse write(const Job& job) {
    const std::int64_t now = clock.unix_seconds();
    const auto by =
        guard.verify(job.request, now,
                     job.route.kind == Kind::fragment ? DigestRule::or_root : DigestRule::body);
    if (!by) return refused(401, by.error());
    if (const auto may = service.may_write(by->key, job.route.at.fid); !may)
      return may.error().code == Code::no ? refused(403, may.error()) : refused(may.error());
    if (const auto once = guard.admit(*by, now); !once)
      return once.error().code == Code::busy ? refused(503, once.error())
                                             : refused(401, once.error());
    const ByteView body = as_bytes(job.request.body);
    if (job.route.kind == Kind::manifest) {
      if (const auto put = service.put_manifest(job.route.at.fid, body); !put)
        return refused(put.error());
      return of_json({{"stored", true}});
    }
    if (job.route.kind == Kind::tagger) {
      if (const auto put = service.put_tagger(job.route.tagger, body); !put)
        return refused(put.error());
      return of_json({{"stored", true}});
    }
    if (job.route.kind == Kind::receipts) {
      const auto signature = service.sign_receipt(body);
      if (!signature) return refused(signature.error());
      return {200, kBinary, std::string(as_text(*signature)), {}};
    }
    return put_piece(job, body, by->unchecked);
  }

  /// Body: tag file of `?tags=` bytes, then the piece.
  HttpResponse put_piece(const Job& job, ByteView body, const std::optional<RootDigest>& digest) {
    const auto tags = query_number(job.route.query, "tags", kTagsSizeMax);
    if (!tags) return refused(400, tags.error());
    const std::uint64_t tags_size = tags->value_or(0);
    if (tags_size >= body.size()) return refused(400, "the body holds no bytes of the fragment");
    const ByteView data = body.subspan(tags_size);
    ByteRange range{0, data.size(), data.size()};
    if (const auto field = job.request.header("Content-Range"); !field.empty()) {
      const auto parsed = parse_content_range(field);
      if (!parsed) return refused(400, parsed.error());
      if (parsed->size != data.size()) return refused(400, "the range is not that of the body");
      range = *parsed;
    }
    if (range.offset != 0 && tags_size != 0) return refused(400, "tags come with the first piece");
    const ByteView tag_files = body.first(tags_size);
    std::optional<Hash256> root;
    if (digest) {
      if (range.size != range.total) return refused(400, "a piece of a fragment has no root");
      if (sha256(tag_files) != digest->tags)
        return refused(401, "request refused: its tags are not what its digest says");
      root = digest->root;
    }
    return of_state(service.put_piece(job.route.at, range, tag_files, data, root));
  }

  HttpResponse read(const Job& job) {
    const std::string range(job.request.header("Range"));
    const FragmentAt& at = job.route.at;
    switch (job.route.kind) {
      case Kind::health: {
        const std::string why = service.health();
        return {why.empty() ? 200U : 503U, "text/plain", (why.empty() ? "ok" : why) + "\n", {}};
      }
      case Kind::metrics:
        return {200, "text/plain; version=0.0.4", service.metrics(), {}};
      case Kind::status: {
        Json body = identity;
        body["now"] = clock.unix_seconds();
        body.update(service.status());
        return of_json(body);
      }
      case Kind::manifest:
        return of_bytes(service.manifest(at.fid), "application/json");
      case Kind::held:
        return held(job);
      case Kind::state:
        return of_state(service.put_state(at));
      case Kind::fragment:
        return give(job, service.read(at, range), !range.empty());
      case Kind::tags:
        return of_bytes(service.tags(at), kBinary);
      case Kind::by_id:
        return give(job, service.read(job.route.frag, range), !range.empty());
      case Kind::tags_by_id:
        return of_bytes(service.tags(job.route.frag), kBinary);
      case Kind::range_by_id:
        return proven(job);
      case Kind::idle_blob:
        return of_bytes(service.idle_blob(job.route.digest), kBinary);
      case Kind::segment_tags:
        return of_bytes(service.segment_tags(at.fid, at.segment), kBinary);
      case Kind::tagger:
        return of_bytes(service.tagger(job.route.tagger), kBinary);
      default:
        return refused(404, "nothing here");
    }
  }

  HttpResponse give(const Job& job, const Result<Piece>& piece, bool ranged) {
    if (!piece || job.request.method != "GET") return of_piece(piece, ranged);
    const auto voucher = parse_voucher_field(job.request.header(kVoucherField));
    if (!voucher) return refused(400, voucher.error());
    const auto toll = service.toll({job.request.remote.host, *voucher, false}, piece->data.size());
    if (!toll) return refused(toll.error());
    return toll->open ? of_piece(piece, ranged) : of_toll(*toll);
  }

  HttpResponse proven(const Job& job) {
    const auto offset = query_number(job.route.query, "offset", kOffsetMax);
    const auto size = query_number(job.route.query, "size", kPieceSizeMax);
    if (!offset) return refused(400, offset.error());
    if (!size) return refused(400, size.error());
    const std::uint64_t asked = size->value_or(kRangeDefault);
    const auto toll = service.toll({job.request.remote.host, {}, true}, asked);
    if (!toll) return refused(toll.error());
    if (!toll->open) return of_toll(*toll);
    return of_bytes(service.prove_range(job.route.frag, offset->value_or(0), asked), kBinary);
  }

  HttpResponse held(const Job& job) {
    const auto first = query_number(job.route.query, "first", 0xffffffffU);
    const auto count = query_number(job.route.query, "count", kHeldMax);
    if (!first) return refused(400, first.error());
    if (!count) return refused(400, count.error());
    const auto held = service.held(job.route.at.fid, job.route.at.column,
                                   static_cast<std::uint32_t>(first->value_or(0)),
                                   static_cast<std::uint32_t>(count->value_or(1)));
    if (!held) return refused(held.error());
    std::string flags;
    for (const bool h : *held) flags += h ? '1' : '0';
    return of_json({{"held", flags}});
  }
};

FragmentServer::FragmentServer(FragmentService& service, const Hash256& genesis,
                               const Ed25519Public& server, Clock& clock,
                               FragmentServerOptions options)
    : impl_(std::make_unique<Impl>(service, genesis, server, clock, options)) {
  for (unsigned i = 0; i < options.thread_count; ++i)
    impl_->threads.emplace_back([impl = impl_.get()] { impl->work(); });
}

FragmentServer::~FragmentServer() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  for (auto& thread : impl_->threads) thread.join();
}

void FragmentServer::on_request(HttpRequest request, net::HttpReply reply) {
  Route route = parse_route(request.target);
  if (route.kind == Kind::none) return reply(refused(404, "nothing here"));
  if (!is_write(route.kind, request.method) && !is_read(route.kind, request.method))
    return reply(refused(405, "this is not done to it"));
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->queue.size() < impl_->options.queue_count_max) {
      impl_->queue.push_back({std::move(request), std::move(route), std::move(reply)});
      impl_->wake.notify_one();
      return;
    }
  }
  reply(refused(503, "too many requests wait"));
}

std::optional<std::uint64_t> FragmentServer::body_size_max(std::string_view method,
                                                           std::string_view target) {
  const Kind kind = parse_route(target).kind;
  if (!is_write(kind, method)) return 0;
  if (kind == Kind::fragment) return kPieceSizeMax + kTagsSizeMax;
  if (kind == Kind::tagger) return kTaggerSizeMax;
  return kind == Kind::manifest ? impl_->options.manifest_size_max : kReceiptSizeMax;
}

}  // namespace cess::proto
