// SPDX-License-Identifier: Apache-2.0
#include "tagger/server.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "json/json.hpp"

namespace cess::tagger {
namespace {

constexpr std::uint64_t kSmallBody = 64U << 10U;

unsigned status_of(Code code) {
  switch (code) {
    case Code::no:
      return 404;
    case Code::usage:
    case Code::input:
      return 400;
    case Code::busy:
      return 503;
    case Code::peer:
      return 502;
    case Code::system:
      break;
  }
  return 500;
}

net::HttpResponse error_response(const Error& error) {
  net::HttpResponse out;
  out.status = status_of(error.code);
  Json j;
  j["schema"] = "cess.error/1";
  j["code"] = static_cast<int>(error.code);
  j["message"] = error.message;
  out.body = write_json(j);
  return out;
}

}  // namespace

struct TaggerServer::Impl {
  struct Task {
    net::HttpRequest request;
    TaggerRoute route;
    net::HttpReply reply;
  };

  Impl(TaggerService& s, proto::RequestGuard& g, Clock& c, TaggerServerOptions o)
      : service(s), guard(g), clock(c), options(o) {}

  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return stopped || !tasks.empty(); });
      if (stopped) return;
      Task task = std::move(tasks.front());
      tasks.pop_front();
      lock.unlock();
      task.reply(answer(task));
      task = Task{};
      lock.lock();
    }
  }

  net::HttpResponse answer(Task& task) {
    auto done = serve(task);
    if (!done) return error_response(done.error());
    net::HttpResponse out;
    out.content_type = std::move(done->content_type);
    out.body = std::move(done->body);
    return out;
  }

  Result<TaggerAnswer> serve(Task& task) {
    Ed25519Public caller{};
    if (task.route.is_signed()) {
      const std::int64_t now = clock.unix_seconds();
      CESS_TRY_ASSIGN(const proto::SignedBy by, guard.verify(task.request, now));
      CESS_TRY(guard.admit(by, now));
      caller = by.key;
    }
    const ByteView body = as_bytes(task.request.body);
    Bytes bytes(body.begin(), body.end());
    std::string().swap(task.request.body);
    return service.serve(task.route, caller, std::move(bytes));
  }

  TaggerService& service;
  proto::RequestGuard& guard;
  Clock& clock;
  TaggerServerOptions options;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Task> tasks;
  bool stopped = false;
  std::vector<std::thread> threads;
};

TaggerServer::TaggerServer(TaggerService& service, proto::RequestGuard& guard, Clock& clock,
                           TaggerServerOptions options)
    : impl_(std::make_unique<Impl>(service, guard, clock, options)) {
  for (unsigned i = 0; i < options.threads; ++i) {
    impl_->threads.emplace_back([impl = impl_.get()] { impl->work(); });
  }
}

TaggerServer::~TaggerServer() { stop(); }

void TaggerServer::stop() {
  std::deque<Impl::Task> left;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopped = true;
    left.swap(impl_->tasks);
    impl_->changed.notify_all();
  }
  for (auto& t : impl_->threads) {
    if (t.joinable()) t.join();
  }
  for (auto& task : left) {
    task.reply(error_response({Code::busy, "the tagger is stopping", {}, {}}));
  }
}

std::optional<std::uint64_t> TaggerServer::body_size_max(std::string_view method,
                                                         std::string_view target) {
  const auto route = parse_tagger_route(method, target);
  if (!route) return kSmallBody;
  switch (route->op) {
    case TaggerOp::put:
      return impl_->options.fragment_size_max;
    case TaggerOp::seal:
    case TaggerOp::share:
    case TaggerOp::rebuild:
      return impl_->options.manifest_size_max;
    default:
      return kSmallBody;
  }
}

void TaggerServer::on_request(net::HttpRequest request, net::HttpReply reply) {
  const auto route = parse_tagger_route(request.method, request.target);
  if (!route) return reply(error_response(route.error()));
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->stopped && impl_->tasks.size() < impl_->options.waiting_max) {
      impl_->tasks.push_back({std::move(request), *route, std::move(reply)});
      impl_->changed.notify_one();
      return;
    }
  }
  reply(error_response({Code::busy, "the tagger has too much to do", {}, {}}));
}

}  // namespace cess::tagger
