// SPDX-License-Identifier: Apache-2.0
// A decoded frame as plain pixels. Internal to this module, since it shows FFmpeg's headers.
#pragma once

extern "C" {
#include <libavutil/frame.h>
}

#include "base/bytes.hpp"
#include "fingerprint/gray.hpp"

namespace cess::fp {

/// Whether its format is one of the common ones. The others below want that.
bool is_readable(const AVFrame& f);
/// Red, green and blue, a byte each, on white.
Bytes rgb_of_frame(const AVFrame& f);
/// The luma; for formats without a plane of it, and deeper ones, made from the colours.
Gray luma_of_frame(const AVFrame& f);
/// The luma in 8 bits as the film has it, in the range from 16 to 235 if it has colour planes.
Gray coded_luma(const AVFrame& f);

}  // namespace cess::fp
