// SPDX-License-Identifier: Apache-2.0
// A main for fuzz targets built without libFuzzer: runs every file of the given folders through the
// target. A missing or empty folder is an error, so that a lost corpus cannot look like success,
// unless --allow-empty stands first.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::string> files_of(const char* folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void replay(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  // A copy of exactly the input's size lets AddressSanitizer see the first byte read past it.
  std::vector<std::uint8_t> data(bytes.begin(), bytes.end());
  data.shrink_to_fit();
  LLVMFuzzerTestOneInput(data.data(), data.size());
}

}  // namespace

int main(int argc, char** argv) {
  bool allow_empty = false;
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--allow-empty") == 0) {
      allow_empty = true;
      continue;
    }
    const std::vector<std::string> files = files_of(argv[i]);
    if (files.empty() && !allow_empty) {
      std::fprintf(stderr, "replay: no files in '%s'\n", argv[i]);
      return 1;
    }
    for (const std::string& path : files) replay(path);
    count += files.size();
  }
  if (count == 0 && !allow_empty) {
    std::fprintf(stderr, "replay: nothing to replay\n");
    return 1;
  }
  std::printf("replayed %zu inputs\n", count);
  return 0;
}
