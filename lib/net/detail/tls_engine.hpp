// SPDX-License-Identifier: Apache-2.0
// TLS between two pieces of memory: what has come from the other side, what is to go there. Many
// records pass in one piece, so a megabyte costs a few calls of the system and not one for each
// 16 KiB record. No sockets; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.hpp"

struct bio_method_st;
struct bio_st;
struct ssl_ctx_st;
struct ssl_st;

namespace cess::net::detail {

class TlsEngine {
 public:
  static constexpr std::size_t kPieceMin = 16U << 10U;
  static constexpr std::size_t kPieceMax = 256U << 10U;

  enum class Outcome {
    done,    ///< `size` bytes of plaintext have passed, or the handshake has ended
    hungry,  ///< needs more input first
    ended,   ///< the other side has said that it sends no more
    failed   ///< `error` is OpenSSL's
  };
  struct Step {
    Outcome outcome = Outcome::done;
    std::size_t size = 0;
    unsigned long error = 0;
  };

  TlsEngine(ssl_ctx_st* context, bool client);
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;
  ~TlsEngine();

  /// What it says to the other side is output, whatever the outcome: a refusal, too.
  Step handshake();
  /// As much plaintext as is there and fits, over the borders of records.
  Step read(std::span<std::uint8_t> to);
  /// Takes up to kPieceMax bytes, more never; the records are output.
  Step write(std::span<const std::uint8_t> from);
  /// Says that nothing more will be sent.
  void shutdown();

  /// Where bytes from the other side go; only when the last step was hungry. It grows from
  /// kPieceMin to kPieceMax while pieces fill it.
  std::span<std::uint8_t> room();
  void took(std::size_t size);

  /// What is to go to the other side goes into `out`, whose memory is used for what comes next.
  void take_output(Bytes& out);
  [[nodiscard]] std::size_t output_size() const { return output_.size(); }
  /// Gives memory back, until bytes move again.
  void rest();

 private:
  Step judge(int result, std::size_t size);
  static int bio_write(bio_st* bio, const char* data, int size);
  static int bio_read(bio_st* bio, char* data, int size);
  static long bio_control(bio_st* bio, int command, long number, void* pointer);
  static const bio_method_st* method();

  ssl_st* ssl_ = nullptr;
  std::unique_ptr<std::uint8_t[]> input_;
  std::size_t capacity_ = 0;  ///< of input_
  std::size_t piece_ = kPieceMin;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  Bytes output_;
};

}  // namespace cess::net::detail
