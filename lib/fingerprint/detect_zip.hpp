// SPDX-License-Identifier: Apache-2.0
// What a zip file is: an office document, a book, or an archive. Internal to this module.
#pragma once

#include "fingerprint/kinds.hpp"

namespace cess::fp {

/// From the names in its directory; where that is cut off, from those in its first 64 KiB. Reads
/// nothing else of it, and never fails.
Detected detect_zip(ByteView file);

}  // namespace cess::fp
