// SPDX-License-Identifier: Apache-2.0
#include "codec/decode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "codec/stream_feed.hpp"
#include "codec/workers.hpp"

namespace cess {
namespace {

constexpr std::size_t kInFlight = 2;

/// Loader, decoder and writer side by side; the calling thread writes.
class DecodePipeline {
 public:
  DecodePipeline(Feed& feed, const FileHeader& header, const FileKeys& keys,
                 const DecodeOptions& options, std::function<void()> call_off)
      : feed_(feed),
        pool_(options.threads),
        decoder_(header, keys, pool_,
                 [this, &options](const std::string& text) {
                   const std::lock_guard lock(said_);
                   options.warn(text);
                 }),
        call_off_(std::move(call_off)) {
    for (std::size_t i = 0; i < kInFlight; ++i) {
      free_groups_.put(Group{});
      DecodedSegment out;
      out.bytes = Buffer(static_cast<std::size_t>(header.profile.segment_size()));
      free_out_.put(std::move(out));
    }
    loader_ = start_stage(
        load_error_, [this] { load_all(); }, [this] { loaded_.close(); });
    coder_ = start_stage(
        decode_error_, [this] { decode_all(); }, [this] { decoded_.close(); });
  }
  DecodePipeline(const DecodePipeline&) = delete;
  DecodePipeline& operator=(const DecodePipeline&) = delete;
  ~DecodePipeline() {
    call_off_();
    free_groups_.close();
    loaded_.close();
    free_out_.close();
    decoded_.close();
    if (loader_.joinable()) loader_.join();
    if (coder_.joinable()) coder_.join();
  }

  std::optional<DecodedSegment> take() { return decoded_.take(); }
  void give_back(DecodedSegment out) { free_out_.put(std::move(out)); }
  /// After take() has returned nothing. What failed first in the order of the file counts.
  Status status() {
    if (decode_error_) return tl::unexpected<Error>(*decode_error_);
    if (load_error_) return tl::unexpected<Error>(*load_error_);
    return {};
  }

 private:
  void load_all() {
    while (auto group = free_groups_.take()) {
      const auto more = feed_.next(*group);
      if (!more) load_error_ = more.error();
      if (!more || !*more || !loaded_.put(std::move(*group))) break;
    }
  }

  void decode_all() {
    while (auto group = loaded_.take()) {
      auto out = free_out_.take();
      if (!out) break;
      const Status ok = decoder_.decode(*out, *group);
      if (!ok) {
        decode_error_ = ok.error();
        break;
      }
      free_groups_.put(std::move(*group));
      if (!decoded_.put(std::move(*out))) break;
    }
  }

  Feed& feed_;
  WorkPool pool_;
  std::mutex said_;
  SegmentDecoder decoder_;
  std::function<void()> call_off_;
  Channel<Group> free_groups_{kInFlight};
  Channel<Group> loaded_{kInFlight};
  Channel<DecodedSegment> free_out_{kInFlight};
  Channel<DecodedSegment> decoded_{kInFlight};
  std::optional<Error> load_error_, decode_error_;
  std::thread loader_, coder_;
};

std::string positions(const std::vector<FragmentPos>& used) {
  std::string out;
  for (const FragmentPos& pos : used) out += " " + fragment_name(pos);
  return out;
}

Result<std::uint64_t> write_plain(const DecodedSegment& s, const WriteBytes& write) {
  std::uint64_t plain = 0;
  for (std::uint64_t at = 0; at < s.ciphertext_length; at += kChunkSize) {
    const std::uint64_t sealed = std::min<std::uint64_t>(kChunkSize, s.ciphertext_length - at);
    const auto size = static_cast<std::size_t>(sealed - kAeadTagSize);
    CESS_TRY(write(ByteView(s.bytes.view()).subspan(static_cast<std::size_t>(at), size)));
    plain += size;
  }
  return plain;
}

// `call_off` ends a wait of the feed.
Status run(Feed& feed, const FileHeader& header, const FileKeys& keys, const WriteBytes& write,
           const DecodeOptions& options, std::function<void()> call_off) {
  DecodePipeline pipeline(feed, header, keys, options, std::move(call_off));
  std::uint64_t length = 0;
  std::uint64_t count = 0;
  while (auto segment = pipeline.take()) {
    CESS_TRY_ASSIGN(const auto plain, write_plain(*segment, write));
    options.note(fmt::format("segment {}: used{}", segment->segment, positions(segment->used)));
    if (options.progress) options.progress(plain);
    length += plain;
    ++count;
    pipeline.give_back(std::move(*segment));
  }
  CESS_TRY(pipeline.status());
  const Manifest& m = feed.manifest();
  if (length != m.length || count != m.segments.size()) {
    return fail(Code::input,
                fmt::format("decoded {} bytes in {} segments, but the manifest says {} "
                            "in {}",
                            length, count, m.length, m.segments.size()));
  }
  return {};
}

class Stream final : public StreamDecoder {
 public:
  Stream(int fd, std::string name, std::optional<Manifest> known, DecodeOptions options)
      : options_(std::move(options)),
        feed_(fd, std::move(name), std::move(known), options_.spool_dir,
              [this](const std::string& text) {
                const std::lock_guard lock(said_);
                options_.warn(text);
              }) {
    // The decoder and the feed warn from two threads: one lock for both.
    locked_ = options_;
    locked_.warn = [this](const std::string& text) {
      const std::lock_guard lock(said_);
      options_.warn(text);
    };
  }
  Status open() { return feed_.open(); }
  [[nodiscard]] const FileHeader& header() const override { return feed_.header(); }
  Result<Manifest> run(const FileKeys& keys, const WriteBytes& write) override {
    CESS_TRY(cess::run(feed_, feed_.header(), keys, write, locked_, [this] { feed_.cancel(); }));
    return feed_.manifest();
  }

 private:
  DecodeOptions options_;
  DecodeOptions locked_;
  std::mutex said_;
  StreamFeed feed_;
};

}  // namespace

Result<std::unique_ptr<StreamDecoder>> open_stream(int fd, std::string name,
                                                   std::optional<Manifest> known,
                                                   DecodeOptions options) {
  auto stream = std::make_unique<Stream>(fd, std::move(name), std::move(known), std::move(options));
  CESS_TRY(stream->open());
  return stream;
}

Status decode_set(const FragmentSet& set, const FileKeys& keys, const WriteBytes& write,
                  const DecodeOptions& options) {
  const auto feed = set_feed(set);
  return run(*feed, set.manifest().header, keys, write, options, [] {});
}

}  // namespace cess
