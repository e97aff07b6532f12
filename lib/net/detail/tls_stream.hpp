// SPDX-License-Identifier: Apache-2.0
// TLS over a TCP stream, as Beast wants a stream to be: a TlsEngine, whose pieces of up to 256 KiB
// go through the socket with one call each (decision 1416). One reading and one writing operation
// at a time. Only .cpp files of this module include it.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream_base.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <type_traits>
#include <utility>

#include "net/detail/tls_engine.hpp"

namespace cess::net::detail {

/// Next: beast::tcp_stream, or a reference to one.
template <class Next>
class TlsStream {
  using Code = boost::system::error_code;
  using Step = TlsEngine::Step;
  using Outcome = TlsEngine::Outcome;

 public:
  using next_layer_type = std::remove_reference_t<Next>;
  using executor_type = typename next_layer_type::executor_type;
  using Side = boost::asio::ssl::stream_base::handshake_type;

  template <class Arg>
  TlsStream(Arg&& next, boost::asio::ssl::context& context, Side side)
      : next_(std::forward<Arg>(next)),
        engine_(context.native_handle(), side == boost::asio::ssl::stream_base::client) {}

  next_layer_type& next_layer() { return next_; }
  const next_layer_type& next_layer() const { return next_; }
  executor_type get_executor() { return next_.get_executor(); }

  /// void(error_code)
  template <class Token>
  auto async_handshake(Token&& token) {
    return boost::asio::async_compose<Token, void(Code)>(Handshake{*this}, token, next_);
  }
  /// Says goodbye, and does not wait for the other side's. void(error_code)
  template <class Token>
  auto async_shutdown(Token&& token) {
    engine_.shutdown();
    return boost::asio::async_compose<Token, void(Code)>(Goodbye{*this}, token, next_);
  }
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_compose<Token, void(Code, std::size_t)>(
        Read{*this, first_of<boost::asio::mutable_buffer>(buffers)}, token, next_);
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    // Records hold copies from here on: the buffers need not outlive this call.
    const Step step = encrypt(buffers);
    return boost::asio::async_compose<Token, void(Code, std::size_t)>(Write{*this, step}, token,
                                                                      next_);
  }
  /// Gives memory back, between two requests; while nothing is being written.
  void rest() {
    engine_.rest();
    sending_ = Bytes();
  }

 private:
  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it) {
      if (Buffer b(*it); b.size() > 0) return b;
    }
    return {};
  }

  template <class Buffers>
  Step encrypt(const Buffers& buffers) {
    Step all;
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it) {
      const boost::asio::const_buffer b(*it);
      const std::size_t size = std::min(b.size(), TlsEngine::kPieceMax - all.size);
      if (size == 0) continue;
      const Step step = engine_.write({static_cast<const std::uint8_t*>(b.data()), size});
      if (step.outcome != Outcome::done) return step;
      all.size += step.size;
    }
    return all;
  }

  static Code code_of(const Step& step) {
    if (step.outcome == Outcome::done) return {};
    if (step.outcome == Outcome::ended) return boost::asio::error::eof;
    if (step.outcome == Outcome::failed && step.error != 0)
      return {static_cast<int>(step.error), boost::asio::error::get_ssl_category()};
    return boost::asio::ssl::error::unexpected_result;
  }
  static Code cut_off(const Code& ec) {
    return ec == boost::asio::error::eof ? Code(boost::asio::ssl::error::stream_truncated) : ec;
  }

  /// One call of the socket for what is left of `sending_`.
  template <class Self>
  void send(Self& self) {
    next_.async_write_some(boost::asio::buffer(sending_.data() + sent_, sending_.size() - sent_),
                           std::move(self));
  }
  template <class Self>
  void receive(Self& self) {
    const auto room = engine_.room();
    next_.async_read_some(boost::asio::buffer(room.data(), room.size()), std::move(self));
  }
  void take_output() {
    engine_.take_output(sending_);
    sent_ = 0;
  }

  struct Handshake {
    TlsStream& s;
    enum { kBegin, kSend, kReceive, kEnd } at = kBegin;
    Step step{};

    template <class Self>
    void operator()(Self& self, Code ec = {}, std::size_t size = 0) {
      if (at == kEnd) return self.complete(code_of(step));
      if (ec) return self.complete(cut_off(ec));
      if (at == kReceive) s.engine_.took(size);
      if (at == kSend) s.sent_ += size;
      if (at == kSend && s.sent_ < s.sending_.size()) return s.send(self);
      if (at != kSend) {
        step = s.engine_.handshake();
        s.take_output();
        if (!s.sending_.empty()) {
          at = kSend;
          return s.send(self);
        }
      }
      if (step.outcome == Outcome::hungry) {
        at = kReceive;
        return s.receive(self);
      }
      at = kEnd;
      boost::asio::post(s.get_executor(), std::move(self));
    }
  };

  struct Goodbye {
    TlsStream& s;
    bool begun = false;

    template <class Self>
    void operator()(Self& self, Code ec = {}, std::size_t size = 0) {
      if (!begun) {
        begun = true;
        s.take_output();
      } else {
        s.sent_ += size;
        if (ec || s.sent_ == s.sending_.size()) return self.complete(ec);
      }
      s.send(self);
    }
  };

  struct Read {
    TlsStream& s;
    boost::asio::mutable_buffer to;
    enum { kBegin, kReceive, kEnd } at = kBegin;
    Step step{};

    template <class Self>
    void operator()(Self& self, Code ec = {}, std::size_t size = 0) {
      if (at == kEnd) return self.complete(code_of(step), step.size);
      if (ec) return self.complete(cut_off(ec), 0);
      if (at == kReceive) s.engine_.took(size);
      step = s.engine_.read({static_cast<std::uint8_t*>(to.data()), to.size()});
      if (step.outcome == Outcome::hungry) {
        at = kReceive;
        return s.receive(self);
      }
      if (at == kReceive) return self.complete(code_of(step), step.size);
      at = kEnd;  // not from inside of the call that began it
      boost::asio::post(s.get_executor(), std::move(self));
    }
  };

  struct Write {
    TlsStream& s;
    Step step;
    enum { kBegin, kSend, kEnd } at = kBegin;

    template <class Self>
    void operator()(Self& self, Code ec = {}, std::size_t size = 0) {
      if (at == kEnd) return self.complete(code_of(step), step.size);
      if (at == kBegin) {
        s.take_output();
        if (s.sending_.empty()) {
          at = kEnd;
          return boost::asio::post(s.get_executor(), std::move(self));
        }
        at = kSend;
        return s.send(self);
      }
      s.sent_ += size;
      if (ec) return self.complete(ec, 0);
      if (s.sent_ < s.sending_.size()) return s.send(self);
      self.complete(code_of(step), step.size);
    }
  };

  Next next_;
  TlsEngine engine_;
  Bytes sending_;
  std::size_t sent_ = 0;
};

}  // namespace cess::net::detail
