// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/av_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace cess::fp {
namespace {

std::string av_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

}  // namespace

int AvFile::read_bytes(void* self, std::uint8_t* out, int size) {
  auto* f = static_cast<AvFile*>(self);
  const std::int64_t left = static_cast<std::int64_t>(f->bytes_.size()) - f->at_;
  const std::int64_t n = std::min<std::int64_t>(left, size);
  if (n <= 0) return AVERROR_EOF;
  std::memcpy(out, f->bytes_.data() + f->at_, static_cast<std::size_t>(n));
  f->at_ += n;
  return static_cast<int>(n);
}

std::int64_t AvFile::seek(void* self, std::int64_t offset, int whence) {
  auto* f = static_cast<AvFile*>(self);
  const auto size = static_cast<std::int64_t>(f->bytes_.size());
  std::int64_t to = offset;
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return size;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      to += f->at_;
      break;
    case SEEK_END:
      to += size;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (to < 0 || to > size) return AVERROR(EINVAL);
  f->at_ = to;
  return to;
}

Result<std::unique_ptr<AvFile>> AvFile::open(ByteView bytes) {
  av_log_set_level(AV_LOG_QUIET);
  std::unique_ptr<AvFile> f(new AvFile(bytes));
  constexpr int kBuffer = 64 << 10;
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
  if (buffer == nullptr) throw std::bad_alloc();
  f->io_ = avio_alloc_context(buffer, kBuffer, 0, f.get(), read_bytes, nullptr, seek);
  f->format_ = avformat_alloc_context();
  if (f->io_ == nullptr || f->format_ == nullptr) throw std::bad_alloc();
  f->format_->pb = f->io_;
  f->format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  AVDictionary* options = nullptr;
  // Play lists and the like would open other files; the sandbox forbids it too.
  av_dict_set(&options, "protocol_whitelist", "none", 0);
  const int opened = avformat_open_input(&f->format_, "", nullptr, &options);
  av_dict_free(&options);
  if (opened < 0) return fail(Code::input, "not a container that can be read: " + av_text(opened));
  const int found = avformat_find_stream_info(f->format_, nullptr);
  if (found < 0) return fail(Code::input, "no stream that can be read: " + av_text(found));
  return f;
}

Status AvFile::choose(AVMediaType type) {
  const int index = av_find_best_stream(format_, type, -1, -1, &codec_, 0);
  if (index < 0 || codec_ == nullptr) return fail(Code::input, "no stream that can be decoded");
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    if (static_cast<int>(i) != index) format_->streams[i]->discard = AVDISCARD_ALL;
  }
  stream_ = format_->streams[index];
  return {};
}

Result<CodecPtr> AvFile::decoder(AVMediaType type) {
  CESS_TRY(choose(type));
  CodecPtr c(avcodec_alloc_context3(codec_));
  if (!c) throw std::bad_alloc();
  if (avcodec_parameters_to_context(c.get(), stream_->codecpar) < 0) {
    return fail(Code::input, "a stream has impossible parameters");
  }
  c->thread_count = 1;
  c->flags |= AV_CODEC_FLAG_BITEXACT;
  c->idct_algo = FF_IDCT_SIMPLE;
  c->pkt_timebase = stream_->time_base;
  c->max_pixels = std::int64_t{1} << 28;
  const int opened = avcodec_open2(c.get(), codec_, nullptr);
  if (opened < 0) return fail(Code::input, "its codec cannot be opened: " + av_text(opened));
  return c;
}

}  // namespace cess::fp
