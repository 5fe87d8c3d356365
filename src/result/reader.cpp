#include "result/reader.h"

#include <fmt/format.h>

#include <limits>

#include "util/json.h"

namespace bpftax {
namespace {
std::string expected(const char* what, const Json& got) {
  return fmt::format("expected {}, got {}", what, got.type_name());
}
}  // namespace

std::string JsonCursor::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void JsonCursor::fail(std::string_view key, std::string why) const {
  if (failure_->first) return;
  failure_->first = Error{.kind = ErrorKind::kUsage,
                          .what = "cannot read the result",
                          .where = key.empty() ? (path_.empty() ? "the document" : path_) : path_of(key),
                          .why = std::move(why)};
}

void JsonCursor::expect_object() const {
  if (value_ != nullptr && !value_->is_object()) fail("", expected("an object", *value_));
}

const Json* JsonCursor::member(std::string_view key) const {
  if (failure_->first || value_ == nullptr || !value_->is_object()) return nullptr;
  const auto it = value_->find(std::string(key));
  return it == value_->end() || it->is_null() ? nullptr : &*it;
}

const Json* JsonCursor::required_member(std::string_view key) const {
  const Json* found = member(key);
  if (found == nullptr) fail(key, "is missing");
  return found;
}

bool JsonCursor::has(std::string_view key) const {
  return member(key) != nullptr;
}

Json JsonCursor::any(std::string_view key) const {
  const Json* found = member(key);
  return found == nullptr ? Json(nullptr) : *found;
}

bool JsonCursor::integer_in(std::string_view key, const Json& value, int64_t low, int64_t high,
                            int64_t& out) const {
  if (!value.is_number_integer()) {
    fail(key, expected("an integer", value));
    return false;
  }
  const bool too_large = value.is_number_unsigned() &&
                         value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (too_large || value.get<int64_t>() < low || value.get<int64_t>() > high) {
    fail(key, fmt::format("the integer is not within {} and {}", low, high));
    return false;
  }
  out = value.get<int64_t>();
  return true;
}

void JsonCursor::get(std::string_view key, std::string& out) const {
  const Json* value = required_member(key);
  if (value == nullptr) return;
  if (!value->is_string()) return fail(key, expected("a string", *value));
  out = value->get<std::string>();
}

void JsonCursor::get(std::string_view key, bool& out) const {
  const Json* value = required_member(key);
  if (value == nullptr) return;
  if (!value->is_boolean()) return fail(key, expected("true or false", *value));
  out = value->get<bool>();
}

void JsonCursor::get(std::string_view key, double& out) const {
  const Json* value = required_member(key);
  if (value == nullptr) return;
  if (!value->is_number()) return fail(key, expected("a number", *value));
  out = value->get<double>();
}

void JsonCursor::get(std::string_view key, int64_t& out) const {
  const Json* value = required_member(key);
  if (value == nullptr) return;
  using Limits = std::numeric_limits<int64_t>;
  integer_in(key, *value, Limits::min(), Limits::max(), out);
}

void JsonCursor::get(std::string_view key, int& out) const {
  const Json* value = required_member(key);
  int64_t wide = 0;
  using Limits = std::numeric_limits<int>;
  if (value != nullptr && integer_in(key, *value, Limits::min(), Limits::max(), wide))
    out = static_cast<int>(wide);
}

void JsonCursor::get(std::string_view key, uint64_t& out) const {
  const Json* value = required_member(key);
  if (value == nullptr) return;
  if (!value->is_number_integer() || (!value->is_number_unsigned() && value->get<int64_t>() < 0))
    return fail(key, value->is_number() ? "expected an integer that is not negative"
                                        : expected("an integer", *value));
  out = value->get<uint64_t>();
}

void JsonCursor::get(std::string_view key, std::optional<double>& out) const {
  if (!has(key)) return;
  double value = 0;
  get(key, value);
  if (!failure_->first) out = value;
}

void JsonCursor::get(std::string_view key, std::optional<int64_t>& out) const {
  if (!has(key)) return;
  int64_t value = 0;
  get(key, value);
  if (!failure_->first) out = value;
}

void JsonCursor::get(std::string_view key, std::optional<int>& out) const {
  if (!has(key)) return;
  int value = 0;
  get(key, value);
  if (!failure_->first) out = value;
}

std::vector<JsonCursor> JsonCursor::elements(std::string_view key) const {
  std::vector<JsonCursor> found;
  const Json* value = required_member(key);
  if (value == nullptr) return found;
  if (!value->is_array()) {
    fail(key, expected("an array", *value));
    return found;
  }
  for (size_t i = 0; i < value->size(); ++i)
    found.emplace_back(&(*value)[i], fmt::format("{}[{}]", path_of(key), i), *failure_);
  return found;
}

void JsonCursor::get(std::string_view key, std::vector<double>& out) const {
  for (const JsonCursor& element : elements(key)) {
    if (element.value_->is_null()) {
      out.push_back(std::numeric_limits<double>::quiet_NaN());
    } else if (element.value_->is_number()) {
      out.push_back(element.value_->get<double>());
    } else {
      return element.fail("", expected("a number", *element.value_));
    }
  }
}

void JsonCursor::get(std::string_view key, std::vector<int>& out) const {
  using Limits = std::numeric_limits<int>;
  for (const JsonCursor& element : elements(key)) {
    int64_t value = 0;
    if (!element.integer_in("", *element.value_, Limits::min(), Limits::max(), value)) return;
    out.push_back(static_cast<int>(value));
  }
}

void JsonCursor::get(std::string_view key, std::vector<std::string>& out) const {
  for (const JsonCursor& element : elements(key)) {
    if (!element.value_->is_string()) return element.fail("", expected("a string", *element.value_));
    out.push_back(element.value_->get<std::string>());
  }
}

void JsonCursor::get(std::string_view key, std::map<std::string, double>& out) const {
  const JsonCursor members = object(key);
  if (members.value_ == nullptr) return;
  for (const auto& [name, value] : members.value_->items()) {
    if (!value.is_null()) members.get(name, out[name]);
  }
}

void JsonCursor::get(std::string_view key, std::map<std::string, int>& out) const {
  const JsonCursor members = object(key);
  if (members.value_ == nullptr) return;
  for (const auto& [name, value] : members.value_->items()) {
    if (!value.is_null()) members.get(name, out[name]);
  }
}

JsonCursor JsonCursor::object(std::string_view key) const {
  const Json* value = required_member(key);
  if (value != nullptr && !value->is_object()) {
    fail(key, expected("an object", *value));
    value = nullptr;
  }
  return {value, path_of(key), *failure_};
}

JsonCursor JsonCursor::object_if_present(std::string_view key) const {
  if (has(key)) return object(key);
  static const Json kEmpty = Json::object();
  return {&kEmpty, path_of(key), *failure_};
}

}  // namespace bpftax
