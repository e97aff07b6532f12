// SPDX-License-Identifier: Apache-2.0
#include "net/detail/tls_engine.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.hpp"

namespace cess::net::detail {
namespace {

constexpr std::size_t kRecordPlain = 16U << 10U;
/// Answers to key updates wait for the next write: who asks for more of them does not want to talk.
constexpr std::size_t kUnaskedMax = 64U << 10U;

TlsEngine& engine_of(BIO* bio) { return *static_cast<TlsEngine*>(BIO_get_data(bio)); }

}  // namespace

const BIO_METHOD* TlsEngine::method() {
  static const BIO_METHOD* const made = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "memory of cess");
    CESS_CHECK(m != nullptr && BIO_meth_set_write(m, bio_write) == 1 &&
               BIO_meth_set_read(m, bio_read) == 1 && BIO_meth_set_ctrl(m, bio_control) == 1);
    return m;
  }();
  return made;
}

TlsEngine::TlsEngine(ssl_ctx_st* context, bool client) : ssl_(SSL_new(context)) {
  CESS_CHECK(ssl_ != nullptr);
  BIO* bio = BIO_new(method());
  CESS_CHECK(bio != nullptr);
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  client ? SSL_set_connect_state(ssl_) : SSL_set_accept_state(ssl_);
}

TlsEngine::~TlsEngine() { SSL_free(ssl_); }

int TlsEngine::bio_write(BIO* bio, const char* data, int size) {
  Bytes& out = engine_of(bio).output_;
  const auto* from = reinterpret_cast<const std::uint8_t*>(data);
  out.insert(out.end(), from, from + size);
  return size;
}

int TlsEngine::bio_read(BIO* bio, char* data, int size) {
  TlsEngine& e = engine_of(bio);
  BIO_clear_retry_flags(bio);
  const std::size_t n = std::min(e.end_ - e.begin_, static_cast<std::size_t>(std::max(size, 0)));
  if (n == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  std::memcpy(data, e.input_.get() + e.begin_, n);
  e.begin_ += n;
  return static_cast<int>(n);
}

long TlsEngine::bio_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

TlsEngine::Step TlsEngine::judge(int result, std::size_t size) {
  if (result == 1) return {Outcome::done, size, 0};
  const int why = SSL_get_error(ssl_, result);
  if (why == SSL_ERROR_WANT_READ) return {Outcome::hungry, 0, 0};
  if (why == SSL_ERROR_ZERO_RETURN) return {Outcome::ended, 0, 0};
  return {Outcome::failed, 0, ERR_get_error()};
}

TlsEngine::Step TlsEngine::handshake() {
  ERR_clear_error();
  return judge(SSL_do_handshake(ssl_), 0);
}

TlsEngine::Step TlsEngine::read(std::span<std::uint8_t> to) {
  std::size_t all = 0;
  while (all < to.size()) {
    ERR_clear_error();
    std::size_t got = 0;
    const Step step = judge(SSL_read_ex(ssl_, to.data() + all, to.size() - all, &got), got);
    if (step.outcome != Outcome::done) {
      // What went before is the caller's first; the next call meets the same end.
      if (all == 0) return step;
      break;
    }
    all += got;
    if (output_.size() > kUnaskedMax) return {Outcome::failed, 0, 0};
  }
  return {Outcome::done, all, 0};
}

TlsEngine::Step TlsEngine::write(std::span<const std::uint8_t> from) {
  const std::size_t size = std::min(from.size(), kPieceMax);
  output_.reserve(output_.size() + size + (size / kRecordPlain + 1) * 64);
  std::size_t all = 0;
  while (all < size) {
    ERR_clear_error();
    std::size_t put = 0;
    const Step step =
        judge(SSL_write_ex(ssl_, from.data() + all, std::min(size - all, kRecordPlain), &put), put);
    if (step.outcome != Outcome::done) return step;
    all += put;
  }
  return {Outcome::done, all, 0};
}

void TlsEngine::shutdown() {
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

std::span<std::uint8_t> TlsEngine::room() {
  CESS_CHECK(begin_ == end_);
  if (capacity_ != piece_) {
    input_ = std::make_unique_for_overwrite<std::uint8_t[]>(piece_);
    capacity_ = piece_;
  }
  begin_ = end_ = 0;
  return {input_.get(), capacity_};
}

void TlsEngine::took(std::size_t size) {
  CESS_CHECK(size <= capacity_);
  end_ = size;
  if (size == capacity_) piece_ = std::min(2 * capacity_, kPieceMax);
}

void TlsEngine::take_output(Bytes& out) {
  out.clear();
  std::swap(out, output_);
}

void TlsEngine::rest() {
  output_.shrink_to_fit();
  piece_ = kPieceMin;
  if (begin_ != end_) return;
  input_.reset();
  capacity_ = 0;
}

}  // namespace cess::net::detail
