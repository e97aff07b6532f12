// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// The voter record as a disk may give it back: never a crash; what is accepted is written back as
// it was read. The input's own checksum is put right, else nothing would get past it.
#include <algorithm>

#include "base/check.hpp"
#include "chain/consensus/voter_record.hpp"
#include "crypto/sha256.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  using namespace cess::consensus;
  Bytes bytes(data, data + size);
  for (int round = 0; round < 2; ++round) {
    const auto record = decode_voter_record(bytes);
    if (record) {
      CESS_CHECK(encode_voter_record(*record) == bytes);
      CESS_CHECK(may_sign(record->last, record->last));
    } else {
      CESS_CHECK(record.error().code == Code::input);
    }
    if (bytes.size() < Hash256::kSize) return 0;
    bytes.resize(bytes.size() - Hash256::kSize);
    append(bytes, sha256(bytes).view());
  }
  return 0;
}
