// SPDX-License-Identifier: Apache-2.0
#include "codec/encode.hpp"

#include <optional>
#include <thread>

#include "codec/segment_encoder.hpp"
#include "codec/workers.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::size_t kEncodeInFlight = 2;

struct Plain {
  Buffer bytes;
  std::uint32_t segment = 0;
  std::size_t size = 0;
  bool final = false;
};

/// The three stages and what passes between them. The calling thread writes.
class EncodePipeline {
 public:
  EncodePipeline(int fd, const std::string& fd_name, const FileHeader& header, const FileKeys& keys,
                 const EncodeOptions& options)
      : fd_(fd),
        fd_name_(fd_name),
        profile_(header.profile),
        pool_(options.threads),
        encoder_(header, keys, pool_) {
    // All memory is taken here, on the caller's thread.
    for (std::size_t i = 0; i < kEncodeInFlight; ++i) {
      Plain plain;
      plain.bytes = Buffer(encoder_.plain_size());
      free_plain_.put(std::move(plain));
      free_out_.put(std::make_unique<EncodedSegment>(header));
    }
  }
  EncodePipeline(const EncodePipeline&) = delete;
  EncodePipeline& operator=(const EncodePipeline&) = delete;
  ~EncodePipeline() {
    stop();
    if (reader_.joinable()) reader_.join();
    if (coder_.joinable()) coder_.join();
  }

  void start() {
    reader_ = start_stage(
        read_error_, [this] { read_all(); }, [this] { full_.close(); });
    coder_ = start_stage(
        code_error_, [this] { encode_all(); }, [this] { done_.close(); });
  }
  /// The next segment in order, or nothing at the end or after a read error.
  std::unique_ptr<EncodedSegment> take() {
    auto out = done_.take();
    return out ? std::move(*out) : nullptr;
  }
  void give_back(std::unique_ptr<EncodedSegment> s) { free_out_.put(std::move(s)); }
  /// After take() has returned nothing.
  Status status() {
    if (read_error_) return tl::unexpected<Error>(*read_error_);
    if (code_error_) return tl::unexpected<Error>(*code_error_);
    return {};
  }

 private:
  void stop() {
    cancel_.cancel();
    free_plain_.close();
    free_out_.close();
    full_.close();
    done_.close();
  }

  // A segment is the last one if not a single byte follows it: one byte is read ahead.
  void read_all() {
    const Status ok = read_segments();
    if (!ok) read_error_ = ok.error();
  }

  Status read_segments() {
    CESS_TRY_ASSIGN(const FileStamp before, file_stamp(fd_, fd_name_));
    std::optional<std::uint8_t> ahead;
    for (std::uint32_t segment = 0;; ++segment) {
      CESS_TRY(check_segment_count(profile_, segment + 1, fd_name_));
      auto plain = free_plain_.take();
      if (!plain) return {};
      std::size_t have = 0;
      if (ahead) plain->bytes.data()[have++] = *ahead;
      CESS_TRY_ASSIGN(const auto got,
                      cancel_.read_full(fd_, plain->bytes.view().subspan(have), fd_name_));
      plain->size = have + got;
      plain->segment = segment;
      plain->final = true;
      if (plain->size == plain->bytes.size()) {
        std::uint8_t byte = 0;
        CESS_TRY_ASSIGN(const auto more, cancel_.read_full(fd_, {&byte, 1}, fd_name_));
        ahead = byte;
        plain->final = more == 0;
      }
      const bool final = plain->final;
      if (final) CESS_TRY(check_unchanged(fd_, before, fd_name_));
      if (!full_.put(std::move(*plain)) || final) return {};
    }
  }

  void encode_all() {
    while (auto plain = full_.take()) {
      auto out = free_out_.take();
      if (!out) break;
      encoder_.encode(**out, plain->segment, ByteView(plain->bytes.view()).first(plain->size),
                      plain->final);
      free_plain_.put(std::move(*plain));
      if (!done_.put(std::move(*out))) break;
    }
  }

  int fd_;
  std::string fd_name_;
  Profile profile_;
  WorkPool pool_;
  SegmentEncoder encoder_;
  Cancel cancel_;
  Channel<Plain> free_plain_{kEncodeInFlight};
  Channel<Plain> full_{kEncodeInFlight};
  Channel<std::unique_ptr<EncodedSegment>> free_out_{kEncodeInFlight};
  Channel<std::unique_ptr<EncodedSegment>> done_{kEncodeInFlight};
  std::optional<Error> read_error_, code_error_;  // each written before its channel is closed
  std::thread reader_, coder_;
};

Status write_fragments(const EncodedSegment& s, Manifest& manifest, BundleSink& sink) {
  const Profile& p = manifest.profile();
  BundleEntry entry;
  entry.kind = EntryKind::fragment;
  entry.file = manifest.file;
  for (unsigned c = 0; c < p.columns(); ++c) {
    entry.pos = {s.segment, static_cast<std::uint16_t>(c % p.n()),
                 static_cast<std::uint16_t>(c / p.n())};
    entry.root = s.roots[c];
    CESS_TRY(sink.add(entry, s.fragment(c)));
  }
  manifest.length += s.plain_length;
  manifest.segments.push_back({s.ciphertext_length, s.fragment_length, s.roots});
  return {};
}

}  // namespace

std::uint64_t encode_memory_bytes(const Profile& profile, bool masked) {
  const std::uint64_t columns = masked ? profile.columns() : profile.n();
  return kEncodeInFlight * (profile.segment_size() + columns * profile.fragment_size);
}

Result<Manifest> encode_stream(int fd, const std::string& fd_name, const FileHeader& header,
                               const FileKeys& keys, BundleSink& sink,
                               const EncodeOptions& options) {
  Manifest manifest;
  manifest.header = header;
  manifest.file = file_id(header);
  manifest.name = options.name;
  BundleEntry entry;
  entry.kind = EntryKind::header;
  CESS_TRY(sink.add(entry, encode_header(header)));
  EncodePipeline pipeline(fd, fd_name, header, keys, options);
  pipeline.start();
  while (auto segment = pipeline.take()) {
    CESS_TRY(write_fragments(*segment, manifest, sink));
    if (options.progress) options.progress(segment->plain_length);
    pipeline.give_back(std::move(segment));
  }
  CESS_TRY(pipeline.status());
  if (options.source_status) CESS_TRY(options.source_status());
  manifest.fid = compute_fid(manifest);
  CESS_TRY_ASSIGN(const auto text, write_manifest(manifest));
  entry.kind = EntryKind::manifest;
  CESS_TRY(sink.add(entry, as_bytes(text)));
  CESS_TRY(sink.finish());
  return manifest;
}

}  // namespace cess
