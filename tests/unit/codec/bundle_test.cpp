// SPDX-License-Identifier: Apache-2.0
// Bundles: round trip, order and limits, hostile tar streams (reliability scenarios of tar readers).
#include "codec/bundle.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "base/hex.hpp"
#include "codec/tar_reader.hpp"
#include "support.hpp"

namespace cess {
namespace {

using test::contents;
using test::memory_file;
using test::plain_header;
using test::random_bytes;

struct Item {
  BundleEntry entry;
  Bytes data;
};

BundleEntry entry_of(EntryKind kind, FragmentPos pos = {}) {
  BundleEntry e;
  e.kind = kind;
  e.pos = pos;
  return e;
}

class Bundle : public ::testing::Test {
 protected:
  Header header = plain_header();
  FileId file = file_id(header);

  Item header_item() { return {entry_of(EntryKind::header), encode_header(header)}; }
  Item manifest_item() { return {entry_of(EntryKind::manifest), Bytes(700, '{')}; }
  Item fragment_item(FragmentPos pos, std::size_t size = 2048) {
    BundleEntry e = entry_of(EntryKind::fragment, pos);
    e.file = file;
    e.root = Hash256::from(random_bytes(32, pos.index + 77U));
    return {e, random_bytes(size, pos.segment * 100 + pos.index)};
  }
  Item tags_item(FragmentPos pos) { return {entry_of(EntryKind::tags, pos), Bytes(254, 7)}; }
  Item tagger_item() {
    BundleEntry e = entry_of(EntryKind::tagger);
    e.tagger = TaggerId::from(random_bytes(32, 9));
    return {e, Bytes(1000, 3)};
  }

  static Bytes write(const std::vector<Item>& items) {
    const Fd fd = memory_file();
    auto sink = bundle_writer(fd.get(), "memory");
    for (const Item& i : items) EXPECT_TRUE(sink->add(i.entry, i.data));
    EXPECT_TRUE(sink->finish());
    return contents(fd.get());
  }

  static Result<std::vector<Item>> read(ByteView bundle) {
    const Fd fd = memory_file(bundle);
    auto source = bundle_reader(fd.get(), "memory");
    std::vector<Item> out;
    BundleEntry e;
    for (;;) {
      CESS_TRY_ASSIGN(const bool more, source->next(e));
      if (!more) return out;
      out.push_back({e, e.data});
    }
  }

  static void expect_refused(ByteView bundle, const std::string& why) {
    const auto got = read(bundle);
    ASSERT_FALSE(got) << why;
    EXPECT_EQ(got.error().code, Code::input);
    EXPECT_NE(got.error().message.find(why), std::string::npos) << got.error().message;
  }

  std::vector<Item> usual() {
    return {header_item(),           tagger_item(),           fragment_item({0, 0, 0}),
            tags_item({0, 0, 0}),    fragment_item({0, 1, 0}), fragment_item({0, 2, 0}, 65536),
            tags_item({0, 1, 0}),    fragment_item({1, 2, 0}), manifest_item()};
  }
};

TEST_F(Bundle, ReturnsWhatWasWritten) {
  const auto items = usual();
  const Bytes bundle = write(items);
  EXPECT_EQ(bundle.size() % 512, 0U);
  const auto got = read(bundle);
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_EQ(got->size(), items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ((*got)[i].data, items[i].data) << i;
    EXPECT_EQ((*got)[i].entry.kind, items[i].entry.kind);
    EXPECT_EQ((*got)[i].entry.pos, items[i].entry.pos);
    EXPECT_EQ((*got)[i].entry.tagger, items[i].entry.tagger);
    EXPECT_EQ((*got)[i].entry.file, items[i].entry.file);
    EXPECT_EQ((*got)[i].entry.root, items[i].entry.root);
  }
  EXPECT_EQ(write(items), bundle) << "the same entries give the same bytes";
}

TEST_F(Bundle, OneByteAtATimeFromAPipe) {
  const Bytes bundle = write(usual());
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Fd in(ends[0]);
  Fd out(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    for (const std::uint8_t b : bundle) {
      if (::write(out.get(), &b, 1) != 1) ::_exit(1);
    }
    ::_exit(0);
  }
  out = Fd();
  auto source = bundle_reader(in.get(), "pipe");
  BundleEntry e;
  int count = 0;
  for (;;) {
    const auto more = source->next(e);
    ASSERT_TRUE(more) << more.error().message;
    if (!*more) break;
    ++count;
  }
  EXPECT_EQ(count, 9);
}

TEST_F(Bundle, CutAnywhereIsTruncated) {
  const Bytes bundle = write({header_item(), fragment_item({0, 0, 0}), manifest_item()});
  for (std::size_t cut = 0; cut < bundle.size(); ++cut) {
    const auto got = read(ByteView(bundle).first(cut));
    ASSERT_FALSE(got) << cut;
    EXPECT_EQ(got.error().code, Code::input);
    EXPECT_NE(got.error().message.find("truncated at byte " + std::to_string(cut)),
              std::string::npos)
        << got.error().message;
  }
}

TEST_F(Bundle, EveryFlippedBitIsRefusedOrSeenInTheData) {
  const std::vector<Item> items{header_item(), fragment_item({0, 0, 0}, 1024), manifest_item()};
  const Bytes bundle = write(items);
  for (std::size_t i = 0; i < bundle.size(); ++i) {
    Bytes bad = bundle;
    bad[i] ^= 1U << (i % 8);
    const auto got = read(bad);
    if (!got) continue;
    // What is left are changes of contents, which roots, MAC and fid are there to find, and of the
    // claimed root.
    ASSERT_EQ(got->size(), items.size());
    bool seen = false;
    for (std::size_t n = 0; n < items.size(); ++n) {
      seen = seen || (*got)[n].data != items[n].data ||
             (*got)[n].entry.root != items[n].entry.root;
    }
    EXPECT_TRUE(seen) << "byte " << i;
  }
}

TEST_F(Bundle, OrderAndDuplicates) {
  expect_refused(write({manifest_item()}), "first entry is not 'header'");
  expect_refused(write({header_item(), header_item(), manifest_item()}), "duplicate entry");
  expect_refused(write({header_item(), fragment_item({0, 0, 0})}), "manifest is missing");
  expect_refused(write({header_item()}), "manifest is missing");
  expect_refused(write({header_item(), fragment_item({0, 0, 0}), manifest_item(),
                        fragment_item({0, 1, 0})}),
                 "after the manifest");
  expect_refused(write({header_item(), fragment_item({0, 0, 0}), fragment_item({0, 0, 0}),
                        manifest_item()}),
                 "duplicate entry");
  expect_refused(write({header_item(), tags_item({0, 0, 0}), tags_item({0, 0, 0}), manifest_item()}),
                 "duplicate entry");
  expect_refused(write({header_item(), tagger_item(), tagger_item(), manifest_item()}),
                 "duplicate entry");
  expect_refused(Bytes(1024, 0), "empty");
  expect_refused({}, "truncated at byte 0");
}

TEST_F(Bundle, EarlyManifestMustEqualTheLast) {
  EXPECT_TRUE(read(write({header_item(), manifest_item(), fragment_item({0, 0, 0}),
                          manifest_item()})));
  EXPECT_TRUE(read(write({header_item(), manifest_item(), manifest_item()})));
  EXPECT_TRUE(read(write({header_item(), manifest_item()})));
  Item other = manifest_item();
  other.data[5] = '}';
  expect_refused(write({header_item(), other, fragment_item({0, 0, 0}), manifest_item()}),
                 "two manifests differ");
  expect_refused(write({header_item(), manifest_item(), manifest_item(), manifest_item()}),
                 "after the manifest");
}

TEST_F(Bundle, LimitsComeFromTheHeader) {
  expect_refused(write({header_item(), fragment_item({0, 3, 0}), manifest_item()}),
                 "fragment index 3 of 3");
  expect_refused(write({header_item(), fragment_item({0, 0, 1}), manifest_item()}),
                 "replica 1 of 1");
  expect_refused(write({header_item(), fragment_item({1U << 20U, 0, 0}), manifest_item()}),
                 "segment number");
  expect_refused(write({header_item(), fragment_item({0, 0, 0}, 65536 + 1024), manifest_item()}),
                 "expected 1 to 65536");
  expect_refused(write({header_item(), fragment_item({0, 0, 0}, 1000), manifest_item()}),
                 "multiple of 1024");
  expect_refused(write({header_item(), fragment_item({0, 0, 0}, 0), manifest_item()}), "0 bytes");
  Item tags = tags_item({0, 0, 0});
  tags.data.resize(206 + 48 + 1);
  expect_refused(write({header_item(), tags, manifest_item()}), "expected 1 to 254");
  Item wrong = fragment_item({0, 0, 0});
  wrong.entry.file.bytes[0] ^= 1;
  expect_refused(write({header_item(), wrong, manifest_item()}), "another file");
}

// ---- tar headers by hand

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
  std::memcpy(h.data() + 257, "ustar\0" "00", 8);
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

class HostileTar : public Bundle {
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
  for (const char type : {'1', '2', '3', '4', '5', '6', '7', 'g', 'L', 'K', 'S', 'V', 'M', 'x', 'A'}) {
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
