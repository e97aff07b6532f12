// SPDX-License-Identifier: Apache-2.0
// links: erasure crypto base
// Not a benchmark of our code: the baseline that cess-encode is compared with. Does to a file what
// upstream's client does, in its order and with its temporary files, one thing after the other:
//   1. cut into segments of 32 MiB, AES-256-CBC each, write each to a temporary file,
//   2. read it back, Reed-Solomon 4+8 in one pass over 8 MiB shards, write 12 fragment files,
//   3. SHA-256 of the segment and of each fragment, read back from their files, as their names.
// The primitives are the same libraries that we use (OpenSSL, ISA-L), so that only the order of
// steps is compared. The constant key is part of what upstream does.
//   bench_upstream FILE FOLDER
#include <openssl/evp.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/check.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "erasure/code.hpp"

namespace cess {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kSegmentSize = std::size_t{32} << 20U;
constexpr std::size_t kPlainSize = kSegmentSize - 16;  // PKCS#7 fills it up
constexpr std::size_t kShardSize = kSegmentSize / 4;

void write_all(const fs::path& path, ByteView data) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  out.close();
  CESS_CHECK(!out.fail());
}

Bytes read_all(const fs::path& path) {
  Bytes data(fs::file_size(path));
  std::ifstream in(path, std::ios::binary);
  in.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(data.size()));
  CESS_CHECK(!in.fail());
  return data;
}

Bytes encrypt_cbc(ByteView plain) {
  static const std::uint8_t key[32] = {'p', 'a', 's', 's', '0', '0'};
  Bytes out(plain.size() + 16);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int size = 0;
  int rest = 0;
  CESS_CHECK(EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), nullptr, key, key) == 1);
  CESS_CHECK(EVP_EncryptUpdate(context, out.data(), &size, plain.data(),
                               static_cast<int>(plain.size())) == 1);
  CESS_CHECK(EVP_EncryptFinal_ex(context, out.data() + size, &rest) == 1);
  EVP_CIPHER_CTX_free(context);
  out.resize(static_cast<std::size_t>(size + rest));
  return out;
}

// Names a file by the hash of its content, as read back from it.
void rename_to_hash(const fs::path& path) {
  fs::rename(path, path.parent_path() / to_hex(sha256(read_all(path))));
}

void encode_segment(const ErasureCode& code, const fs::path& segment, const fs::path& folder,
                    std::uint64_t number) {
  Bytes data = read_all(segment);
  std::vector<Bytes> parity(code.m(), Bytes(kShardSize));
  std::vector<const std::uint8_t*> in;
  std::vector<std::uint8_t*> out;
  for (unsigned i = 0; i < code.k(); ++i) in.push_back(data.data() + i * kShardSize);
  for (auto& row : parity) out.push_back(row.data());
  code.encode(out, in, kShardSize);
  for (unsigned i = 0; i < code.k() + code.m(); ++i) {
    const fs::path path = folder / (std::to_string(number) + "-" + std::to_string(i) + ".tmp");
    write_all(path, i < code.k() ? ByteView(in[i], kShardSize) : ByteView(parity[i - code.k()]));
    rename_to_hash(path);
  }
}

void run(const fs::path& file, const fs::path& folder) {
  const auto code = ErasureCode::make(4, 8, MatrixId::vandermonde);
  CESS_CHECK(code.has_value());
  std::ifstream in(file, std::ios::binary);
  CESS_CHECK(in.good());
  Bytes plain(kPlainSize);
  std::vector<fs::path> segments;
  for (std::uint64_t number = 0; in; ++number) {
    in.read(reinterpret_cast<char*>(plain.data()), static_cast<std::streamsize>(plain.size()));
    const auto size = static_cast<std::size_t>(in.gcount());
    if (size == 0) break;
    std::fill(plain.begin() + static_cast<std::ptrdiff_t>(size), plain.end(), std::uint8_t{0});
    segments.push_back(folder / ("segment-" + std::to_string(number)));
    write_all(segments.back(), encrypt_cbc(plain));
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    encode_segment(*code, segments[i], folder, i);
    sha256(read_all(segments[i]));
    fs::remove(segments[i]);
  }
}

}  // namespace
}  // namespace cess

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: bench_upstream FILE FOLDER\n", stderr);
    return 2;
  }
  cess::run(argv[1], argv[2]);
  return 0;
}
