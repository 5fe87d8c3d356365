// Reads the fields of one JSON object that came from outside: an absent field leaves the target as it is, a
// wrong type is an error (kUsage) that names the path in the document. The first error is kept, so that a
// reader is a list of fields followed by `BPFTAX_TRY(fields.done())`, or by done_strictly(), which also
// refuses the keys that nobody asked for and names the nearest known one. The object must outlive the reader.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "util/json.h"
#include "util/result.h"
#include "util/strings.h"

namespace bpftax {

class JsonFields {
 public:
  JsonFields(const Json& object, std::string where, std::string what)
      : object_(object), where_(std::move(where)), what_(std::move(what)) {
    if (!object_.is_object()) wrong("", "expected an object");
  }

  void number(const char* key, double& target) { take(key, json_number(object_, key), target); }
  void optional_number(const char* key, std::optional<double>& target) {
    take_optional(key, json_number(object_, key), target);
  }
  void optional_integer(const char* key, std::optional<int64_t>& target) {
    take_optional(key, json_integer(object_, key), target);
  }
  void text(const char* key, std::string& target) { take(key, json_string(object_, key), target); }
  void boolean(const char* key, bool& target) { take(key, json_bool(object_, key), target); }
  template <class Integer>
  void integer(const char* key, Integer& target) {
    int64_t value = static_cast<int64_t>(target);
    take(key, json_integer(object_, key), value);
    if (static_cast<int64_t>(static_cast<Integer>(value)) != value) return wrong(key, "out of range");
    target = static_cast<Integer>(value);
  }
  void integers(const char* key, std::vector<int>& target) {
    each(key, [&](const Json& item, const std::string& where) {
      if (!item.is_number_integer()) return wrong(key, "expected integers");
      const auto value = item.get<int64_t>();
      if (value < 0 || value > 1'000'000) return wrong(key, "out of range at " + where);
      target.push_back(static_cast<int>(value));
    });
  }
  void texts(const char* key, std::vector<std::string>& target) {
    each(key, [&](const Json& item, const std::string&) {
      if (!item.is_string()) return wrong(key, "expected strings");
      target.push_back(item.get<std::string>());
    });
  }
  // Calls handle(item, where) for each item of an array; a missing array leaves the target as it is.
  template <class Handle>
  void each(const char* key, Handle handle) {
    if (failed_ || !has(key)) return;
    if (!object_[key].is_array()) return wrong(key, "expected an array");
    for (size_t i = 0; i < object_[key].size() && !failed_; ++i)
      handle(object_[key][i], fmt::format("{}{}[{}]", where_.empty() ? "" : where_ + ".", key, i));
  }
  // The value at key, nullptr when there is none or it is null.
  const Json* value(const char* key) { return has(key) ? &object_[key] : nullptr; }
  // Calls handle(name, item, where) for each member of an object.
  template <class Handle>
  void members(const char* key, Handle handle) {
    const Json* object = value(key);
    if (failed_ || object == nullptr) return;
    if (!object->is_object()) return wrong(key, "expected an object");
    for (const auto& [name, item] : object->items()) {
      if (!failed_) handle(name, item, path(key) + "." + printable(name));
    }
  }
  // Keys that are fine, whatever they hold.
  void skip(std::initializer_list<const char*> keys) { known_.insert(known_.end(), keys); }
  bool has(const char* key) {
    known_.push_back(key);
    return object_.is_object() && object_.contains(key) && !object_[key].is_null();
  }
  bool failed() const { return failed_.has_value(); }
  void keep(Result<void> result) {
    if (!result && !failed_) failed_ = std::move(result.error());
  }
  void wrong(const std::string& key, const std::string& why, const std::string& hint = {}) {
    if (!failed_) failed_ = Error{ErrorKind::kUsage, what_, path(key), why, hint, 0};
  }
  Result<void> done() const {
    if (failed_) return tl::unexpected<Error>(*failed_);
    return {};
  }
  Result<void> done_strictly() {
    if (failed_ || !object_.is_object()) return done();
    const std::vector<std::string> known(known_.begin(), known_.end());
    for (const auto& [key, unused] : object_.items()) {
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      const auto nearest = nearest_name(key, known);
      wrong(printable(key), "unknown key",
            nearest ? "did you mean '" + *nearest + "'?" : "known are " + join(known, ", "));
      break;
    }
    return done();
  }
  std::string path(const std::string& key) const {
    if (where_.empty()) return key;
    return key.empty() ? where_ : where_ + "." + key;
  }

 private:
  template <class T>
  void take(const char* key, Result<std::optional<T>> value, T& target) {
    known_.push_back(key);
    if (failed_) return;
    if (!value) return wrong(key, value.error().why);
    if (value->has_value()) target = std::move(**value);
  }

  template <class T>
  void take_optional(const char* key, Result<std::optional<T>> value, std::optional<T>& target) {
    known_.push_back(key);
    if (failed_) return;
    if (!value) return wrong(key, value.error().why);
    target = std::move(*value);
  }

  const Json& object_;
  std::string where_, what_;
  std::vector<const char*> known_;
  std::optional<Error> failed_;
};

}  // namespace bpftax
