// SPDX-License-Identifier: Apache-2.0
// Builds the value from the parser's events, so that limits hold while reading, not after. The
// parser itself is iterative; its own reader of values would recurse and keep the last duplicate.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <new>
#include <string>
#include <unordered_set>

#include "json/json.hpp"

namespace cess {
namespace {

constexpr std::uint64_t kIntegerMax = 1ULL << 53U;  // RFC 8259 section 6: interoperable integers

/// A pointer that tells its owner how far the parser has read.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  Cursor(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  Cursor operator++(int) {
    Cursor old = *this;
    ++*this;
    return old;
  }
  friend bool operator==(const Cursor& a, const Cursor& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  const char** reached_;
};

class Builder final : public nlohmann::json_sax<Json> {
 public:
  Builder(JsonLimits limits, std::string_view text, std::string_view what)
      : limits_(limits), start_(text.data()), reached_(text.data()), what_(what) {}

  bool null() override { return add(Json(nullptr)); }
  bool boolean(bool v) override { return add(Json(v)); }
  bool number_integer(number_integer_t v) override {
    if (v < -static_cast<std::int64_t>(kIntegerMax)) return refuse("integer below -2^53");
    return add(Json(v));
  }
  bool number_unsigned(number_unsigned_t v) override {
    if (v > kIntegerMax) return refuse("integer above 2^53 (write it as a string)");
    return add(Json(v));
  }
  bool number_float(number_float_t v, const string_t& text) override {
    if (text.find_first_of(".eE") == string_t::npos) return refuse("integer beyond 2^53");
    return add(Json(v));
  }
  bool string(string_t& v) override { return add(Json(std::move(v))); }
  bool binary(binary_t&) override { return refuse("binary value"); }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& v) override {
    if (!open_.back().keys.insert(v).second) return refuse("duplicate key '" + v + "'");
    open_.back().key = std::move(v);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
    // The library counts characters read; our cursor is the same number, one place further on.
    return refuse(e.id == 406 ? "number out of range" : "invalid JSON");
  }

  [[nodiscard]] const char** reached() { return &reached_; }
  [[nodiscard]] Json take() { return std::move(root_); }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  struct Level {
    Json value;
    std::string key;
    std::unordered_set<std::string> keys;
  };

  bool refuse(std::string why) {
    if (why_.empty()) {
      why_ = what_ + ": " + std::move(why) + " at byte " + std::to_string(reached_ - start_);
    }
    return false;
  }
  bool open(Json empty) {
    if (open_.size() >= limits_.depth_max) {
      return refuse("nested deeper than " + std::to_string(limits_.depth_max));
    }
    open_.push_back(Level{std::move(empty), {}, {}});
    return true;
  }
  bool close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }
  bool add(Json value) {
    if (++count_ > limits_.value_count_max) {
      return refuse("more than " + std::to_string(limits_.value_count_max) + " values");
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Level& level = open_.back();
    if (level.value.is_array()) {
      level.value.get_ref<Json::array_t&>().push_back(std::move(value));
    } else {
      // Straight into the underlying vector: the map's own insertion searches all keys again.
      auto& object = level.value.get_ref<Json::object_t&>();
      static_cast<Json::object_t::Container&>(object).emplace_back(std::move(level.key),
                                                                   std::move(value));
    }
    return true;
  }

  JsonLimits limits_;
  const char* start_;
  const char* reached_;
  std::string what_;
  std::string why_;
  std::size_t count_ = 0;
  Json root_;
  std::vector<Level> open_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view what, JsonLimits limits) {
  const auto refuse = [&](const std::string& why, std::size_t at) {
    return fail(Code::input, std::string(what) + ": " + why + " at byte " + std::to_string(at),
                std::string(what));
  };
  if (text.size() > limits.size_max) {
    return fail(
        Code::input,
        std::string(what) + ": more than " + std::to_string(limits.size_max) + " bytes of JSON",
        std::string(what));
  }
  // Two things the library lets pass: a byte order mark, and a NUL taken for the end of the text.
  if (text.starts_with("\xEF\xBB\xBF")) return refuse("byte order mark", 0);
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) return refuse("NUL", nul);
  try {
    Builder builder(limits, text, what);
    const char** reached = builder.reached();
    const bool ok = Json::sax_parse(Cursor(text.data(), reached),
                                    Cursor(text.data() + text.size(), reached), &builder);
    if (!ok) return fail(Code::input, builder.why(), std::string(what));
    return builder.take();
  } catch (const std::bad_alloc&) {
    return fail(Code::system, "out of memory reading " + std::string(what));
  } catch (const std::exception&) {
    return refuse("invalid JSON", 0);
  }
}

}  // namespace cess
