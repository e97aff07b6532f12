// SPDX-License-Identifier: Apache-2.0
#include "idle/room.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/codec.hpp"
#include "idle/layers.hpp"
#include "store/fillers.hpp"
#include "sys/file.hpp"

namespace cess::idle {
namespace {

constexpr std::string_view kSocketName = "room";
constexpr std::size_t kQuestionSize = 16;
constexpr std::size_t kReplySizeMax = 1024;
constexpr std::size_t kFailureMax = 512;
constexpr int kAnswerMs = 120'000;
constexpr int kAskerMs = 5'000;

// A path of any length: the folder's descriptor stands for it.
struct SocketAddress {
  Fd folder;
  sockaddr_un address{};
};
Result<SocketAddress> socket_address(const std::string& store) {
  SocketAddress out;
  const std::string path = store + "/idle";
  out.folder = Fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!out.folder.valid()) return system_error("cannot open folder", path, errno);
  const std::string name =
      "/proc/self/fd/" + std::to_string(out.folder.get()) + "/" + std::string(kSocketName);
  out.address.sun_family = AF_UNIX;
  std::memcpy(out.address.sun_path, name.c_str(), name.size() + 1);
  return out;
}
const sockaddr* plain(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

bool readable(int fd, int wait_ms) {
  pollfd what{fd, POLLIN, 0};
  int n = 0;
  do {
    n = ::poll(&what, 1, wait_ms);
  } while (n < 0 && errno == EINTR);
  return n > 0;
}

// The store's writer, held for this moment.
class OwnRoom final : public Room {
 public:
  explicit OwnRoom(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  Result<MinerId> miner() override { return store_->config().miner; }
  Result<std::uint64_t> free_bytes() override { return store_->free_bytes(); }
  Status make_folders() override {
    CESS_TRY_ASSIGN(const bool fits, store_->claim_filler({}));
    if (fits) return {};
    return fail(Code::system, "store '" + store_->path() + "' is full", store_->path());
  }
  Result<bool> claim(const RoomClaim& claim) override {
    return store_->claim_filler(claimed_files(store_->path(), claim));
  }

 private:
  std::unique_ptr<Store> store_;
};

// A process that holds it for long.
class AskedRoom final : public Room {
 public:
  explicit AskedRoom(std::string store) : store_(std::move(store)) {}
  Result<MinerId> miner() override {
    CESS_TRY_ASSIGN(const RoomReply reply, ask({}));
    return reply.miner;
  }
  Result<std::uint64_t> free_bytes() override {
    CESS_TRY_ASSIGN(const RoomReply reply, ask({}));
    return reply.free_bytes;
  }
  Status make_folders() override { return {}; }  // it would not be heard without them
  Result<bool> claim(const RoomClaim& claim) override {
    CESS_TRY_ASSIGN(const RoomReply reply, ask({RoomQuestion::claim, claim}));
    return reply.claimed;
  }
  Result<RoomReply> ask(const RoomRequest& request) {
    CESS_TRY_ASSIGN(const SocketAddress at, socket_address(store_));
    const Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return system_error("cannot make a socket for", store_, errno);
    if (::connect(fd.get(), plain(at.address), sizeof at.address) != 0)
      return fail(Code::busy, "nobody gives room in store '" + store_ + "'", store_);
    const Bytes question = encode_room_request(request);
    if (::send(fd.get(), question.data(), question.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(question.size()))
      return fail(Code::busy, "the writer of store '" + store_ + "' went away", store_);
    std::array<std::uint8_t, kReplySizeMax> bytes;
    const ssize_t n =
        readable(fd.get(), kAnswerMs) ? ::recv(fd.get(), bytes.data(), bytes.size(), 0) : -1;
    if (n <= 0) return fail(Code::busy, "the writer of store '" + store_ + "' went away", store_);
    CESS_TRY_ASSIGN(RoomReply reply,
                    parse_room_reply(ByteView(bytes).first(static_cast<std::size_t>(n))));
    if (!reply.failure.empty()) return fail(Code::system, reply.failure, store_);
    return reply;
  }

 private:
  std::string store_;
};

}  // namespace

std::vector<Store::ClaimedFile> claimed_files(const std::string& store, const RoomClaim& claim) {
  const std::string work = fillers::work_folder(store);
  const Group group{{}, {}, work, work, store};
  const std::uint64_t size = claim.params.file_bytes();
  const std::uint64_t end = claim.number + claim.count;
  std::vector<Store::ClaimedFile> out;
  for (std::uint64_t number = claim.number; number < end; ++number) {
    if (!path_exists(fillers::tree_path(store, number))) {
      out.push_back({fillers::work_path(work, number, "tree"), head_size(claim.params)});
    }
    for (unsigned layer = 1; layer <= pois::kLayers; ++layer) {
      if (layer < pois::kLayers && !claim.with_layers) continue;
      const std::string whole = layer_path(group, number, layer);
      if (path_exists(whole)) continue;
      if (layer == pois::kLayers && path_exists(fillers::labels_path(store, number))) continue;
      out.push_back({whole + ".part", size});
    }
  }
  out.push_back({fillers::path_in(store, "commitments"), end * Hash256::kSize});
  return out;
}

Result<std::unique_ptr<Room>> open_room(const std::string& store, std::uint64_t wait_s) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::seconds(wait_s);
  while (true) {
    auto own = Store::open(store);
    if (own) return std::make_unique<OwnRoom>(std::move(*own));
    if (own.error().code != Code::busy) return tl::unexpected<Error>(own.error());
    auto asked = std::make_unique<AskedRoom>(store);
    if (asked->ask({})) return asked;
    if (Clock::now() >= until) return tl::unexpected<Error>(own.error());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Bytes encode_room_request(const RoomRequest& r) {
  cess::Writer w;
  w.le(static_cast<std::uint8_t>(r.what)).le(static_cast<std::uint8_t>(r.claim.with_layers));
  w.le(static_cast<std::uint16_t>(r.claim.params.log2_nodes)).le(r.claim.count);
  w.le(r.claim.number);
  return w.take();
}

Result<RoomRequest> parse_room_request(ByteView bytes) {
  Reader r(bytes, "question for room");
  RoomRequest out;
  CESS_TRY_ASSIGN(const auto what, r.le<std::uint8_t>("what"));
  if (what > static_cast<std::uint8_t>(RoomQuestion::claim)) return r.refuse("not a question");
  out.what = static_cast<RoomQuestion>(what);
  CESS_TRY_ASSIGN(const auto layers, r.le<std::uint8_t>("layers"));
  if (layers > 1) return r.refuse("layers is neither 0 nor 1");
  out.claim.with_layers = layers == 1;
  CESS_TRY_ASSIGN(out.claim.params.log2_nodes, r.le<std::uint16_t>("log2_nodes"));
  CESS_TRY(pois::check_params(out.claim.params));
  CESS_TRY_ASSIGN(out.claim.count, r.le<std::uint32_t>("count"));
  if (out.claim.count == 0 || out.claim.count > kClaimCountMax) return r.refuse("no such count");
  CESS_TRY_ASSIGN(out.claim.number, r.le<std::uint64_t>("number"));
  if (out.claim.number > pois::kFileNumbersMax - out.claim.count)
    return r.refuse("no number of a filler");
  CESS_TRY(r.end());
  return out;
}

Bytes encode_room_reply(const RoomReply& reply) {
  cess::Writer w;
  w.le(static_cast<std::uint8_t>(reply.claimed)).le(reply.free_bytes).id(reply.miner);
  w.sized(as_bytes(reply.failure.substr(0, kFailureMax)));
  return w.take();
}

Result<RoomReply> parse_room_reply(ByteView bytes) {
  Reader r(bytes, "answer of the store's writer");
  RoomReply out;
  CESS_TRY_ASSIGN(const auto claimed, r.le<std::uint8_t>("claimed"));
  if (claimed > 1) return r.refuse("claimed is neither 0 nor 1");
  out.claimed = claimed == 1;
  CESS_TRY_ASSIGN(out.free_bytes, r.le<std::uint64_t>("free_bytes"));
  CESS_TRY_ASSIGN(out.miner, r.id<MinerId>("miner"));
  CESS_TRY_ASSIGN(const ByteView failure, r.sized(kFailureMax, "failure"));
  out.failure = std::string(as_text(failure));
  CESS_TRY(r.end());
  return out;
}

RoomServer::RoomServer(std::string store, Writer writer)
    : store_(std::move(store)), writer_(std::move(writer)) {}

Result<std::unique_ptr<RoomServer>> RoomServer::start(const std::string& store, Writer writer) {
  CESS_TRY(writer.claim({}));  // the folders
  std::unique_ptr<RoomServer> out(new RoomServer(store, std::move(writer)));
  CESS_TRY_ASSIGN(const SocketAddress at, socket_address(store));
  out->socket_ = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  // A killed writer's; the store has one writer, so nobody else's.
  ::unlink(at.address.sun_path);
  if (!out->socket_.valid() ||
      ::bind(out->socket_.get(), plain(at.address), sizeof at.address) != 0 ||
      ::listen(out->socket_.get(), 16) != 0)
    return system_error("cannot listen in", fillers::path_in(store, kSocketName), errno);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("cannot make a pipe for", store, errno);
  out->wake_read_ = Fd(ends[0]);
  out->wake_write_ = Fd(ends[1]);
  out->thread_ = std::thread([server = out.get()] { server->run(); });
  return out;
}

RoomServer::~RoomServer() {
  if (!thread_.joinable()) return;
  wake_write_ = Fd();
  thread_.join();
  ::unlink(fillers::path_in(store_, kSocketName).c_str());
}

void RoomServer::run() {
  while (true) {
    std::array<pollfd, 2> what = {pollfd{socket_.get(), POLLIN, 0},
                                  pollfd{wake_read_.get(), POLLIN, 0}};
    if (::poll(what.data(), what.size(), -1) < 0 && errno != EINTR) return;
    if (what[1].revents != 0) return;
    if (what[0].revents == 0) continue;
    const Fd asker(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!asker.valid() || !readable(asker.get(), kAskerMs)) continue;
    std::array<std::uint8_t, kQuestionSize + 1> bytes;
    const ssize_t n = ::recv(asker.get(), bytes.data(), bytes.size(), 0);
    if (n <= 0) continue;
    const Bytes reply =
        encode_room_reply(answer(ByteView(bytes).first(static_cast<std::size_t>(n))));
    static_cast<void>(::send(asker.get(), reply.data(), reply.size(), MSG_NOSIGNAL));
  }
}

RoomReply RoomServer::answer(ByteView question) {
  RoomReply reply;
  reply.miner = writer_.miner;
  const auto request = parse_room_request(question);
  if (!request) {
    reply.failure = request.error().message;
    return reply;
  }
  if (request->what == RoomQuestion::claim) {
    const auto done = writer_.claim(claimed_files(store_, request->claim));
    reply.claimed = done && *done;
    if (!done) reply.failure = done.error().message;
  } else {
    // Nothing is claimed, but what makers gave back is counted.
    static_cast<void>(writer_.claim({}));
  }
  reply.free_bytes = writer_.free_bytes();
  return reply;
}

}  // namespace cess::idle
