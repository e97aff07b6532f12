// SPDX-License-Identifier: Apache-2.0
// Tar streams made by hand to harm or to be understood in two ways: none gets past the reader.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "base/hex.hpp"
#include "bundle_fixture.hpp"
#include "codec/bundle.hpp"
#include "support.hpp"

namespace cess {
namespace {

using test::memory_file;

Bytes tar_header(const std::string& name, std::uint64_t size, char type = '0') {
  Bytes h(512, 0);
  std::memcpy(h.data(), name.data(), std::min<std::size_t>(name.size(), 100));
  std::memcpy(h.data() + 100, "0000644", 7);
  std::memcpy(h.data() + 108, "0000000", 7);
  std::memcpy(h.data() + 116, "0000000", 7);
  std::snprintf(reinterpret_cast<char*>(h.data()) + 124, 12, "%011llo",
                static_cast<unsigned long long>(size));
  std::memcpy(h.data() + 136, "00000000000", 11);
  h[156] = static_cast<std::uint8_t>(type);
  std::memcpy(h.data() + 257,
              "ustar\0"
              "00",
              8);
  return h;
}

Bytes sealed(Bytes h) {
  std::memset(h.data() + 148, ' ', 8);
  unsigned sum = 0;
  for (const std::uint8_t b : h) sum += b;
  std::snprintf(reinterpret_cast<char*>(h.data()) + 148, 8, "%06o", sum);
  return h;
}

Bytes tar_entry(const std::string& name, ByteView data, char type = '0',
                const std::function<void(Bytes&)>& change = {}) {
  Bytes h = tar_header(name, data.size(), type);
  if (change) change(h);
  Bytes out = sealed(h);
  append(out, data);
  out.resize((out.size() + 511) / 512 * 512);
  return out;
}

std::string pax_record(const std::string& key, const std::string& value) {
  std::size_t size = key.size() + value.size() + 3;
  std::size_t total = size + std::to_string(size).size();
  total = size + std::to_string(total).size();
  return std::to_string(total) + " " + key + "=" + value + "\n";
}

class HostileTar : public test::BundleFixture {
 protected:
  Bytes attributes() {
    return pax({{"SCHILY.xattr.user.cess.file", to_hex(file)},
                {"SCHILY.xattr.user.cess.root", std::string(64, 'a')}});
  }
  static Bytes pax(const std::vector<std::pair<std::string, std::string>>& records) {
    std::string text;
    for (const auto& [key, value] : records) text += pax_record(key, value);
    return tar_entry("PaxHeader/x", as_bytes(text), 'x');
  }
  Bytes frag(const std::string& name = "fragments/00000000-000-000.frag") {
    Bytes out = attributes();
    append(out, tar_entry(name, Bytes(1024, 5)));
    return out;
  }
  // header, `middle`, manifest, end
  Bytes bundle(ByteView middle) {
    Bytes out = tar_entry("header", encode_header(header));
    append(out, middle);
    append(out, tar_entry("manifest.json", Bytes(700, '{')));
    out.resize(out.size() + 1024);
    return out;
  }
};

TEST_F(HostileTar, HandMadeBundleIsFine) {
  EXPECT_TRUE(read(bundle({})));
  EXPECT_TRUE(read(bundle(frag())));
  Bytes padded = bundle(frag());
  padded.resize(padded.size() + 8192);
  EXPECT_TRUE(read(padded)) << "a record of zeros at the end, as tar programs write";
}

TEST_F(HostileTar, NamesThatLeaveTheFolder) {
  for (const char* name :
       {"../fragments/00000000-000-000.frag", "/etc/passwd", "fragments/../../x", "./header",
        "fragments/00000000-000-000.frag/", "fragments//00000000-000-000.frag", "",
        "fragments/0000000-000-000.frag", "fragments/+0000000-000-000.frag",
        "fragments/000000000-000-000.frag", "fragments/00000000-000-00.frag",
        "fragments/4294967296-000-000.frag", "fragments/00000000-000-000.FRAG",
        "tags/00000000-000-000.frag", "taggers/00.pub", "MANIFEST.JSON"}) {
    expect_refused(bundle(frag(name)), "none of a bundle's");
  }
}

TEST_F(HostileTar, EntriesThatAreNotFiles) {
  for (const char type :
       {'1', '2', '3', '4', '5', '6', '7', 'g', 'L', 'K', 'S', 'V', 'M', 'x', 'A'}) {
    expect_refused(bundle(tar_entry("fragments/00000000-000-000.frag", {}, type)), "");
  }
  expect_refused(bundle(tar_entry("fragments/00000000-000-000.frag", Bytes(1024), '0',
                                  [](Bytes& h) { std::memcpy(h.data() + 157, "/etc", 4); })),
                 "is a link");
  expect_refused(bundle(tar_entry("fragments/00000000-000-000.frag", Bytes(1024), '0',
                                  [](Bytes& h) { std::memcpy(h.data() + 345, "..", 2); })),
                 "too long");
}

TEST_F(HostileTar, Sizes) {
  const auto sized = [&](const char* text) {
    return bundle(tar_entry("fragments/00000000-000-000.frag", Bytes(1024), '0',
                            [&](Bytes& h) { std::memcpy(h.data() + 124, text, 12); }));
  };
  expect_refused(sized("-0000002000\0"), "octal");
  expect_refused(sized("\x80\0\0\0\0\0\0\0\0\0\x04\0"), "octal");
  expect_refused(sized("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "octal");
  expect_refused(sized("777777777777"), "expected 1 to 65536");
  expect_refused(sized("9\0\0\0\0\0\0\0\0\0\0"), "octal");
  expect_refused(sized("            "), "octal");
}

TEST_F(HostileTar, NumbersOfNoUse) {
  for (const std::size_t at : {100U, 110U, 120U, 140U, 330U, 340U}) {
    const auto with = [&](std::uint8_t byte) {
      Bytes out = attributes();
      append(out, tar_entry("fragments/00000000-000-000.frag", Bytes(1024), '0',
                            [&](Bytes& h) { h[at] = byte; }));
      return bundle(out);
    };
    expect_refused(with('W'), "not a number");
    expect_refused(with(0x80), "not a number");
  }
}

TEST_F(HostileTar, ExtendedHeaders) {
  const auto with = [&](const std::vector<std::pair<std::string, std::string>>& records) {
    std::vector<std::pair<std::string, std::string>> all{
        {"SCHILY.xattr.user.cess.file", to_hex(file)},
        {"SCHILY.xattr.user.cess.root", std::string(64, 'a')}};
    all.insert(all.end(), records.begin(), records.end());
    Bytes out = pax(all);
    append(out, tar_entry("fragments/00000000-000-000.frag", Bytes(1024, 5)));
    return bundle(out);
  };
  EXPECT_TRUE(read(with({{"mtime", "1700000000.5"}, {"uname", "root"}, {"size", "1024"}})));
  expect_refused(with({{"size", "1025"}}), "two different sizes");
  expect_refused(with({{"size", "99999999999999999999"}}), "wrong size");
  expect_refused(with({{"size", "-1"}}), "wrong size");
  expect_refused(with({{"path", "../x"}}), "attribute");
  expect_refused(with({{"linkpath", "x"}}), "attribute");
  expect_refused(with({{"GNU.sparse.major", "1"}}), "attribute");
  expect_refused(with({{"hdrcharset", "BINARY"}}), "attribute");
  expect_refused(with({{"SCHILY.xattr.user.cess.root", std::string(64, 'b')}}), "twice");
  expect_refused(bundle(tar_entry("fragments/00000000-000-000.frag", Bytes(1024))), "lacks");
  Bytes twice = attributes();
  append(twice, frag());
  expect_refused(bundle(twice), "not a regular file");
  for (const char* text : {"x", "5 a=b", "0 a=b\n", "99 a=b\n", "6 ab\n\n", "-6 a=b\n", " 6 a=b\n",
                           "99999999999999999999 a=b\n"}) {
    Bytes out = tar_entry("PaxHeader/x", as_bytes(text), 'x');
    append(out, tar_entry("fragments/00000000-000-000.frag", Bytes(1024, 5)));
    expect_refused(bundle(out), "malformed extended header");
  }
}

TEST_F(HostileTar, Ends) {
  Bytes good = bundle(frag());
  Bytes one_block(good.begin(), good.end() - 512);
  expect_refused(one_block, "truncated");
  one_block.resize(one_block.size() + 511);
  expect_refused(one_block, "truncated");
  Bytes junk = good;
  junk.push_back(1);
  expect_refused(junk, "after the end");
  Bytes two = good;
  append(two, good);
  expect_refused(two, "after the end");
  Bytes padding = bundle(frag());
  padding[512 + encode_header(header).size()] = 1;
  expect_refused(padding, "padding");
}

TEST_F(HostileTar, HugeClaimCostsNoMemory) {
  header.profile.fragment_size = kFragmentSizeMax;
  Bytes out = tar_entry("header", encode_header(header));
  append(out, attributes());
  append(out, sealed(tar_header("fragments/00000000-000-000.frag", kFragmentSizeMax)));
  const Fd fd = memory_file(out);
  auto source = bundle_reader(fd.get(), "memory");
  BundleEntry e;
  ASSERT_TRUE(source->next(e));
  ASSERT_FALSE(source->next(e));
  EXPECT_LE(e.data.capacity(), 4U << 20U);
}

}  // namespace
}  // namespace cess
