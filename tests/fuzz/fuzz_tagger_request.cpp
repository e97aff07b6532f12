// SPDX-License-Identifier: Apache-2.0
// links: tagger
// What strangers send a tagger, and what a tagger answers: "METHOD TARGET\n" and documents. What
// parses is written again to the same meaning.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "tagger/client.hpp"
#include "tagger/config.hpp"
#include "tagger/route.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const ByteView in(data, size);
  const std::string_view text = as_text(in);
  if (const auto space = text.find(' '); space != std::string_view::npos) {
    const auto route = tagger::parse_tagger_route(text.substr(0, space), text.substr(space + 1));
    if (route && (tagger::tagger_method(*route) != text.substr(0, space) ||
                  tagger::tagger_target(*route) != text.substr(space + 1))) {
      std::abort();
    }
  }
  if (const auto rebuilt = tagger::parse_rebuilt(in)) {
    const Bytes again = tagger::write_rebuilt(rebuilt->tags, rebuilt->data);
    if (again != Bytes(in.begin(), in.end())) std::abort();
  }
  if (const auto status = tagger::parse_job_status(text)) {
    const auto again = tagger::parse_job_status(tagger::write_job_status(*status));
    if (!again || again->have != status->have || again->fid != status->fid) std::abort();
  }
  if (const auto config = tagger::parse_tagger_config(in, "fuzz")) {
    const auto again =
        tagger::parse_tagger_config(as_bytes(tagger::format_tagger_config(*config)), "fuzz");
    if (!again || !(*again == *config)) std::abort();
  }
  return 0;
}
