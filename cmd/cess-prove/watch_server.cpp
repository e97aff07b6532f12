// SPDX-License-Identifier: Apache-2.0
#include "watch_server.hpp"

#include "json/json.hpp"

namespace cess {

std::string watch_metrics(const WatchState::View& v) {
  std::string out;
  const auto line = [&](const char* name, const char* type, std::uint64_t value) {
    const std::string full = "cess_" + v.role + "_" + name;
    out += "# TYPE " + full + " " + type + "\n" + full + " " + std::to_string(value) + "\n";
  };
  line("healthy", "gauge", v.healthy ? 1 : 0);
  line("height", "gauge", v.height);
  line("epoch", "gauge", v.epoch);
  line("answers_total", "counter", v.answers);
  line("failures_total", "counter", v.failures);
  line("bad_fragments_total", "counter", v.bad_fragments);
  line("answer_ms", "gauge", v.answer_ms);
  return out;
}

std::string watch_health(const WatchState::View& v) {
  const Json j = {{"schema", "cess." + v.role + "_health/1"},
                  {"ok", v.healthy},
                  {"why", v.why},
                  {"height", v.height},
                  {"epoch", v.epoch},
                  {"answers", v.answers},
                  {"failures", v.failures}};
  return write_json(j) + "\n";
}

Result<std::unique_ptr<WatchServer>> WatchServer::start(
    const WatchState& state, std::atomic<bool>& stop, const std::optional<net::Endpoint>& listen) {
  std::unique_ptr<WatchServer> s(new WatchServer(state));
  s->loop_.on_stop_signal([&stop] { stop = true; });
  if (listen) {
    net::HttpConfig http;
    http.listen = *listen;
    CESS_TRY_ASSIGN(s->server_, net::HttpServer::open(s->loop_, std::move(http), *s));
  }
  s->thread_ = std::thread([loop = &s->loop_] { loop->run(); });
  return s;
}

WatchServer::~WatchServer() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
  if (server_) server_->close();
}

std::optional<net::Endpoint> WatchServer::local() const {
  if (!server_) return std::nullopt;
  return server_->local();
}

void WatchServer::on_request(net::HttpRequest request, net::HttpReply reply) {
  if (request.method != "GET" && request.method != "HEAD") {
    return reply({405, "text/plain", "GET\n", {{"Allow", "GET, HEAD"}}});
  }
  const auto view = state_.view();
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path == "/health") {
    return reply({view.healthy ? 200U : 503U, "application/json", watch_health(view), {}});
  }
  if (path == "/metrics") return reply({200, "text/plain; version=0.0.4", watch_metrics(view), {}});
  reply({404, "text/plain", "GET has /health and /metrics\n", {}});
}

}  // namespace cess
