// SPDX-License-Identifier: Apache-2.0
// What a picture's colours, edges and layout are like: small descriptors in the manner of MPEG-7
// (ISO/IEC 15938-3). They support a verdict and never make one. Whole numbers only.
#pragma once

#include "fingerprint/gray.hpp"
#include "fingerprint/picture.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

/// 4 x 4 parts, mean Cb and Cr of each, then shares of 27 colours (3 levels each of red, green,
/// blue) in 1/255.
Feature colour_feature(const Picture& p);
/// 4 x 4 parts, for each the shares of edges that are vertical, horizontal, of both diagonals, and
/// without direction.
Feature texture_feature(const Gray& g);
/// Change of brightness over 16 rings around the middle, in 1/255 of the greatest: the same however
/// it is turned.
Feature shape_feature(const Gray& g);
/// Sum of absolute differences of two features of bytes; the greatest there is when they do not fit
/// each other.
std::uint64_t bytes_apart(const Feature& a, const Feature& b);

/// Body of the ISCC image unit (ISO 24138, image): from 32 x 32 gray pixels.
Bits256 iscc_image_body(const Gray& pixels);

}  // namespace cess::fp
