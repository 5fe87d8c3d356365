#include "util/json_text.h"

#include <array>
#include <cmath>

#include "util/json.h"

namespace bpftax {
namespace {

constexpr size_t kIndent = 2;
constexpr size_t kLongestNumber = 64;

// Whether it stands in JSON as it is: ASCII without control characters, quotation marks and backslashes.
bool stands_as_it_is(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\') return false;
  }
  return true;
}

}  // namespace

void append_json_number(std::string& text, double number) {
  if (!std::isfinite(number)) {
    text += "null";
    return;
  }
  std::array<char, kLongestNumber> digits;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled here
  const char* end = nlohmann::detail::to_chars(digits.begin(), digits.end(), number);
  text.append(digits.data(), static_cast<size_t>(end - digits.data()));
}

void JsonText::new_line() {
  text_ += '\n';
  text_.append(levels_.size() * kIndent, ' ');
}

void JsonText::before_value() {
  if (after_key_ || levels_.empty()) {
    after_key_ = false;
    return;
  }
  if (!levels_.back().empty) text_ += ',';
  levels_.back().empty = false;
  new_line();
}

void JsonText::open(char bracket) {
  before_value();
  text_ += bracket;
  levels_.push_back({bracket == '{' ? '}' : ']', true});
}

void JsonText::close() {
  const Level level = levels_.back();
  levels_.pop_back();
  if (!level.empty) new_line();
  text_ += level.closing;
}

void JsonText::key(std::string_view name) {
  before_value();
  quote(name);
  text_ += ": ";
  after_key_ = true;
}

void JsonText::plain(std::string_view text) {
  before_value();
  text_ += text;
}

void JsonText::value(double number) {
  before_value();
  append_json_number(text_, number);
}

void JsonText::value(std::string_view text) {
  before_value();
  quote(text);
}

void JsonText::value(const OrderedJson& tree) {
  switch (tree.type()) {
    case OrderedJson::value_t::object:
      open_object();
      for (const auto& [name, inner] : tree.items()) {
        key(name);
        value(inner);
      }
      return close();
    case OrderedJson::value_t::array:
      open_array();
      for (const OrderedJson& inner : tree) value(inner);
      return close();
    case OrderedJson::value_t::string:
      return value(tree.get_ref<const std::string&>());
    case OrderedJson::value_t::boolean:
      return value(tree.get<bool>());
    case OrderedJson::value_t::number_float:
      return value(tree.get<double>());
    case OrderedJson::value_t::number_integer:
      return value(tree.get<int64_t>());
    case OrderedJson::value_t::number_unsigned:
      return value(tree.get<uint64_t>());
    default:
      return value(nullptr);
  }
}

void JsonText::quote(std::string_view text) {
  if (stands_as_it_is(text)) {
    text_ += '"';
    text_ += text;
    text_ += '"';
    return;
  }
  text_ += OrderedJson(text).dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

std::string JsonText::take() {
  text_ += '\n';
  return std::exchange(text_, {});
}

std::string_view JsonText::lend() {
  text_ += '\n';
  lent_.swap(text_);
  text_.clear();
  return lent_;
}

}  // namespace bpftax
