#include "util/json.h"

#include <algorithm>
#include <cmath>

template class nlohmann::basic_json<>;
template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace bpftax {
namespace {

struct JsonShape {
  int depth = 0;      // deepest nesting of brackets
  size_t values = 1;  // not more than this: one for each bracket that opens, and for each comma
};

// Of what stands outside strings; stops early past the limits.
JsonShape shape_of(std::string_view text, const JsonLimits& limits) {
  JsonShape shape;
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      shape.depth = std::max(shape.depth, ++depth);
      ++shape.values;
    } else if (c == ',') {
      ++shape.values;
    } else if (c == '}' || c == ']') {
      --depth;
    }
    if (shape.depth > limits.max_depth || shape.values > limits.max_values) break;
  }
  return shape;
}

tl::unexpected<Error> wrong_type(std::string_view key, const char* expected, const Json& got) {
  return fail(ErrorKind::kInternal, "unexpected JSON", "'" + std::string(key) + "'",
              std::string("expected ") + expected + ", got " + got.type_name());
}

const Json* find_present(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(std::string(key));
  if (it == object.end() || it->is_null()) return nullptr;
  return &*it;
}

template <class T>
Result<T> required(Result<std::optional<T>> value, std::string_view key) {
  if (!value) return propagate(std::move(value));
  if (!value->has_value())
    return fail(ErrorKind::kInternal, "unexpected JSON", "'" + std::string(key) + "'", "is missing");
  return std::move(**value);
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view where, JsonLimits limits) {
  const std::string place(where);
  if (text.size() > limits.max_bytes) {
    return fail(
        ErrorKind::kInternal, "cannot parse JSON", place,
        std::to_string(text.size()) + " bytes, more than the limit of " + std::to_string(limits.max_bytes));
  }
  const JsonShape shape = shape_of(text, limits);
  if (shape.depth > limits.max_depth) {
    return fail(ErrorKind::kInternal, "cannot parse JSON", place,
                "nested deeper than " + std::to_string(limits.max_depth) + " levels");
  }
  if (shape.values > limits.max_values) {
    return fail(ErrorKind::kInternal, "cannot parse JSON", place,
                "more than " + std::to_string(limits.max_values) + " values are in it");
  }
  try {
    return Json::parse(text);
  } catch (const Json::exception& e) {
    return fail(ErrorKind::kInternal, "cannot parse JSON", place, e.what());
  }
}

Result<std::optional<double>> json_number(const Json& object, std::string_view key) {
  const Json* value = find_present(object, key);
  if (value == nullptr) return std::optional<double>{};
  if (!value->is_number()) return wrong_type(key, "a number", *value);
  return std::optional<double>(value->get<double>());
}

Result<std::optional<int64_t>> json_integer(const Json& object, std::string_view key) {
  const Json* value = find_present(object, key);
  if (value == nullptr) return std::optional<int64_t>{};
  if (!value->is_number_integer()) return wrong_type(key, "an integer", *value);
  if (value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
    return wrong_type(key, "a 64-bit integer", *value);
  return std::optional<int64_t>(value->get<int64_t>());
}

Result<std::optional<std::string>> json_string(const Json& object, std::string_view key) {
  const Json* value = find_present(object, key);
  if (value == nullptr) return std::optional<std::string>{};
  if (!value->is_string()) return wrong_type(key, "a string", *value);
  return std::optional<std::string>(value->get<std::string>());
}

Result<std::optional<bool>> json_bool(const Json& object, std::string_view key) {
  const Json* value = find_present(object, key);
  if (value == nullptr) return std::optional<bool>{};
  if (!value->is_boolean()) return wrong_type(key, "true or false", *value);
  return std::optional<bool>(value->get<bool>());
}

Result<double> require_number(const Json& object, std::string_view key) {
  return required(json_number(object, key), key);
}
Result<int64_t> require_integer(const Json& object, std::string_view key) {
  return required(json_integer(object, key), key);
}
Result<std::string> require_string(const Json& object, std::string_view key) {
  return required(json_string(object, key), key);
}

const Json* find_path(const Json& object, std::string_view dotted_path) {
  const Json* at = &object;
  while (true) {
    const size_t dot = dotted_path.find('.');
    if (!at->is_object()) return nullptr;
    const auto it = at->find(std::string(dotted_path.substr(0, dot)));
    if (it == at->end()) return nullptr;
    at = &*it;
    if (dot == std::string_view::npos) return at;
    dotted_path.remove_prefix(dot + 1);
  }
}

Json json_or_null(const std::optional<double>& value) {
  if (!value.has_value() || !std::isfinite(*value)) return nullptr;
  return *value;
}

std::string dump_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string dump_pretty(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bpftax
