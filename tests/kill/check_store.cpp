// SPDX-License-Identifier: Apache-2.0
// links: store codec
// After a fault: opens the store as the next writer would and says whether its promises hold. One
// line and exit 1 when not.
//   check_store STORE ACKS   ACKS: what the faulted command had printed (may end in a torn line)
//   - every frag_id acknowledged in ACKS is there, whole by its root
//   - every fid acknowledged has its manifest
//   - after gc there is no orphan, nothing temporary, and a scrub finds nothing
//   - the bytes of all files and folders are within the capacity, before and after
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include "base/hex.hpp"
#include "codec/manifest.hpp"
#include "json/json.hpp"
#include "store/scrub.hpp"
#include "store/writer.hpp"

namespace cess {
namespace {

int bad(const std::string& what) {
  std::printf("check_store: %s\n", what.c_str());
  return 1;
}

std::uint64_t bytes_under(const std::string& path) {
  namespace fs = std::filesystem;
  struct stat st {};
  std::uint64_t sum = ::lstat(path.c_str(), &st) == 0 ? static_cast<std::uint64_t>(st.st_size) : 0;
  for (const auto& e : fs::recursive_directory_iterator(path)) {
    if (::lstat(e.path().c_str(), &st) == 0) sum += static_cast<std::uint64_t>(st.st_size);
  }
  return sum;
}

struct Acks {
  std::vector<FragId> fragments;
  std::vector<Fid> files;
};

Acks read_acks(const std::string& path) {
  Acks acks;
  const auto text = read_file(path, 64U << 20U);
  if (!text) return acks;
  std::string_view left = as_text(*text);
  for (std::size_t end = left.find('\n'); end != std::string_view::npos; end = left.find('\n')) {
    const auto doc = parse_json(left.substr(0, end), "ack");
    left.remove_prefix(end + 1);
    if (!doc) continue;
    const JsonView view(*doc, "ack");
    if (view.schema("cess.ack/1")) acks.fragments.push_back(*view.id<FragId>("frag_id"));
    if (view.schema("cess.stored/1")) acks.files.push_back(*view.id<Fid>("fid"));
  }
  return acks;
}

int check(const std::string& path, const Acks& acks) {
  const auto config_before = StoreReader::open(path);
  if (!config_before) return bad("does not open for reading: " + config_before.error().message);
  const std::uint64_t capacity = (*config_before)->config().capacity_bytes;
  if (bytes_under(path) > capacity) return bad("over its capacity after the fault");
  auto store = Store::open(path);
  if (!store) return bad("does not open: " + store.error().message);
  Store& s = **store;
  const auto gc = s.collect_garbage();
  if (!gc) return bad("gc: " + gc.error().message);
  const auto stat = s.stat(true);
  if (!stat) return bad("stat: " + stat.error().message);
  if (stat->orphan_count != 0)
    return bad("orphans left by gc: " + std::to_string(stat->orphan_count));
  if (stat->temporary_bytes != 0) return bad("temporary files left by gc");
  for (const FragId& id : acks.fragments) {
    const auto f = s.fragment(id);
    if (!f) return bad("acknowledged and lost: " + to_hex(id));
    const auto data = s.read_verified(*f);
    if (!data) return bad("acknowledged and damaged: " + data.error().message);
    if (!s.tag_file(*f)) return bad("acknowledged without its tags: " + to_hex(id));
  }
  for (const Fid& fid : acks.files) {
    if (!s.manifest(fid)) return bad("acknowledged file without manifest: " + to_hex(fid));
  }
  std::string found;
  ScrubOptions options;
  options.clock = &system_clock();
  options.check_manifest = [](const Fid& fid, ByteView text) {
    const auto m = parse_manifest(text);
    return m && m->fid == fid;
  };
  options.found = [&](const ScrubFinding& f) -> Status {
    found = f.kind + " " + f.path + ": " + f.reason;
    return {};
  };
  const auto done = scrub(s, options);
  if (!done) return bad("scrub: " + done.error().message);
  if (done->damaged_count != 0) return bad("scrub found " + found);
  if (bytes_under(path) > stat->used_bytes) {
    return bad("takes " + std::to_string(bytes_under(path)) + " bytes, counts " +
               std::to_string(stat->used_bytes));
  }
  return 0;
}

}  // namespace
}  // namespace cess

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return cess::check(argv[1], cess::read_acks(argv[2]));
}
