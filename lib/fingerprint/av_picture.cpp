// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/av.hpp"
#include "fingerprint/av_file.hpp"
#include "fingerprint/av_frame.hpp"
#include "fingerprint/picture.hpp"

namespace cess::fp {

Result<Picture> decode_still(ByteView file) {
  CESS_TRY_ASSIGN(const std::unique_ptr<AvFile> av, AvFile::open(file));
  CESS_TRY_ASSIGN(const CodecPtr codec, av->decoder(AVMEDIA_TYPE_VIDEO));
  Picture p;
  each_frame(*av, codec.get(), {}, [&](const AVFrame& f) {
    if (!is_readable(f)) return true;
    p.width = p.full_width = static_cast<std::uint32_t>(f.width);
    p.height = p.full_height = static_cast<std::uint32_t>(f.height);
    p.rgb = rgb_of_frame(f);
    return false;
  });
  if (p.rgb.empty()) return fail(Code::input, "no picture that can be decoded");
  return p;
}

}  // namespace cess::fp
