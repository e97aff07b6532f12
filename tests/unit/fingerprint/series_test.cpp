// SPDX-License-Identifier: Apache-2.0
// Texts, pages and small files of any kind that share a worker, beside the same with a worker each.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <iconv.h>
#include <sys/mman.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "fingerprint/encoding.hpp"
#include "fingerprint/file.hpp"

namespace cess::fp {
namespace {

/// Bytes of UTF-8 in another encoding; empty for what it has not.
std::string in_encoding(const std::string& utf8, const std::string& encoding) {
  const auto converter = iconv_open(encoding.c_str(), "UTF-8");
  std::string in = utf8;
  std::string out(4 * utf8.size() + 16, '\0');
  char* from = in.data();
  char* to = out.data();
  std::size_t left = in.size();
  std::size_t room = out.size();
  const std::size_t lost = iconv(converter, &from, &left, &to, &room);
  iconv_close(converter);
  out.resize(lost == 0 ? out.size() - room : 0);
  return out;
}

/// 400 words out of a sentence's, in an order of its own.
std::string said(const std::string& sentence) {
  std::vector<std::string> words{""};
  for (const char c : sentence) {
    if (c == ' ') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  std::string out;
  std::uint64_t x = 7;
  for (int i = 0; i < 400; ++i) {
    x = x * 16807 % 2147483647;
    out += words[x % words.size()] + (i % 11 == 10 ? ".\n" : " ");
  }
  return out;
}

/// Name and bytes of files of all sorts, many of them at fault.
std::vector<std::pair<std::string, std::string>> some_files() {
  using std::string_literals::operator""s;
  const std::vector<std::pair<std::string, std::string>> languages = {
      {"en", "The quick brown fox jumps over the lazy dog while five boxing wizards look on"},
      {"de", "Falsches Üben von Xylophonmusik quält jeden größeren Zwerg bald vor den Öfen"},
      {"ru", "Все счастливые семьи похожи друг на друга каждая несчастливая семья по своему"},
      {"el", "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία που γεμίζει το σπίτι μας με φόβο"},
      {"he", "דג סקרן שט בים מאוכזב ולפתע מצא חברה נעימה בין הגלים של החוף"},
      {"ar", "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر ومغلف بجلد أزرق"},
      {"hi", "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश करने वाले"},
      {"zh", "天地玄黄 宇宙洪荒 日月盈昃 辰宿列张 寒来暑往 秋收冬藏 闰余成岁 律吕调阳"},
      {"ja", "吾輩は猫である 名前はまだ無い どこで生れたか とんと見当がつかぬ 何でも薄暗い"},
      {"ko", "모든 국민은 인간으로서의 존엄과 가치를 가지며 행복을 추구할 권리를 가진다"},
      {"th", "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน จงฝ่าฟันพัฒนาวิชาการ"}};
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& [language, sentence] : languages) {
    const std::string text = said(sentence);
    files.emplace_back(language, text);
    files.emplace_back(language + ".html",
                       "<html><head><style>no</style></head><p>" + text + "<b>cut");
    files.emplace_back(language + ".xml",
                       "<?xml version='1.0'?><a><b>" + text + "</b>&not;<c>" + text);
    for (const std::string encoding :
         {"ISO-8859-1", "WINDOWS-1251", "KOI8-R", "WINDOWS-1253", "WINDOWS-1255", "WINDOWS-1256",
          "GB18030", "BIG5", "SHIFT_JIS", "EUC-JP", "EUC-KR", "TIS-620", "UTF-16"}) {
      const std::string other = in_encoding(text, encoding);
      if (!other.empty()) files.emplace_back(language + "-" + encoding, other);
    }
  }
  std::string noise;
  std::uint64_t x = 3;
  while (noise.size() < 70'000) noise += static_cast<char>((x = x * 16807 % 2147483647) >> 8U);
  files.insert(files.end(), {{"empty", ""},
                             {"letter", "a"},
                             {"noise", noise},
                             {"zip", "PK\3\4" + noise},
                             {"cut.png", "\x89PNG\r\n\x1a\n and no picture behind it"},
                             {"cut.jpeg", "\xff\xd8\xff\xe0" + noise.substr(0, 999)},
                             {"cut.pdf", "%PDF-1.7 that ends here"},
                             {"cut.heic",
                              "\0\0\0\x18"
                              "ftypheic\0\0\0\0mif1heic"s},
                             {"deep.rtf", "{\\rtf1 " + std::string(100'000, '{')},
                             {"good.rtf", "{\\rtf1 words of Rich Text \\'e4 and no more}"},
                             {"deep.html", "<html>" + std::string(30'000, '<') + "<p><p><p>"},
                             {"long", std::string(900'000, 'w') + " word"}});
  return files;
}

class TextsInSeries : public testing::Test {
 protected:
  static Sandbox box(std::uint32_t files) {
    return start_decoders({.memory_bytes = 256U << 20U, .cpu_seconds = 60, .series_files = files})
        .value();
  }
  void SetUp() override {
    for (const auto& [name, bytes] : some_files()) {
      names_.push_back(name);
      Fd& fd = files_[name] = Fd(memfd_create("text", MFD_CLOEXEC));
      ASSERT_TRUE(write_full(fd.get(), as_bytes(bytes), name).has_value());
    }
  }
  /// A file's whole fingerprint, or why it has none.
  [[nodiscard]] std::string told(const Sandbox& decoders, const std::string& name) const {
    const std::string path = "/proc/self/fd/" + std::to_string(files_.at(name).get());
    const auto f = fingerprint_file(decoders, path, 1);
    if (!f) return f.error().message;
    const Bytes b = encode_fingerprint(*f);
    return std::string(as_text(b));
  }
  std::map<std::string, Fd> files_;
  std::vector<std::string> names_;
};

TEST_F(TextsInSeries, GiveWhatTheyGiveAlone) {
  const Sandbox alone = box(1);
  const Sandbox series = box(64);
  std::map<std::string, std::string> expected;
  for (const std::string& n : names_) expected[n] = told(alone, n);
  EXPECT_GT(names_.size(), 60U);
  EXPECT_NE(expected["deep.rtf"].find("is nested too deeply"), std::string::npos);
  EXPECT_NE(expected["cut.pdf"].find("cannot decode"), std::string::npos);
  for (const std::string& n : names_) EXPECT_EQ(told(series, n) == expected[n], true) << n;
  std::reverse(names_.begin(), names_.end());
  for (const std::string& n : names_) EXPECT_EQ(told(series, n) == expected[n], true) << n;
  // Behind one that is refused, and behind themselves. (Each takes three processes.)
  for (std::size_t i = 0; i < names_.size(); i += 7) {
    const std::string& n = names_[i];
    (void)told(series, "deep.rtf");
    EXPECT_EQ(told(series, n) == expected[n], true) << n;
    EXPECT_EQ(told(series, n) == expected[n], true) << n;
  }
}

TEST(Series, IsForWhatTakesNoTimeAndFewDecoders) {
  const auto goes = [](std::string_view head) { return goes_in_series(detect(as_bytes(head))); };
  for (const std::string_view head :
       {"words of a text", "<!DOCTYPE html><p>", "<?xml version='1.0'?>", "{\\rtf1 x",
        "\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "RIFF\1\1\1\1WEBP", "", "\xe4ltere Kodierung",
        "PK\3\4"}) {
    EXPECT_TRUE(goes(head)) << head;
  }
  for (const std::string_view head : {"%PDF-1.7", "OggS\1", "RIFF\1\1\1\1WAVE", "fLaC\1",
                                      "\x1a\x45\xdf\xa3\1", "GIF89a\1", "\1\1\1\1ftypM4A \1"}) {
    EXPECT_FALSE(goes(head)) << head;
  }
}

}  // namespace
}  // namespace cess::fp
