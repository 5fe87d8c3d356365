// Strict reading of a JSON document into structs: every access checks the type, the first thing that is wrong
// is remembered with its path ("subjects[2].bpf.cpu_percent"), and what follows reads as nothing. The caller
// looks once, at the end. Members that are not asked for are ignored, so that documents may grow.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax {

// Shared by all cursors of one document.
struct ReadFailure {
  std::optional<Error> first;
};

// One value in the document (or none: after a failure). The document and the failure outlive it.
class JsonCursor {
 public:
  JsonCursor(const nlohmann::json* value, std::string path, ReadFailure& failure)
      : value_(value), path_(std::move(path)), failure_(&failure) {}

  // Required members: absent or null is a failure.
  void get(std::string_view key, std::string& out) const;
  void get(std::string_view key, bool& out) const;
  void get(std::string_view key, double& out) const;
  void get(std::string_view key, int& out) const;
  void get(std::string_view key, int64_t& out) const;
  void get(std::string_view key, uint64_t& out) const;
  // Null stands for NaN, so that the position of every number stays.
  void get(std::string_view key, std::vector<double>& out) const;
  void get(std::string_view key, std::vector<int>& out) const;
  void get(std::string_view key, std::vector<std::string>& out) const;
  // Members that are null are unknown and left out.
  void get(std::string_view key, std::map<std::string, double>& out) const;
  void get(std::string_view key, std::map<std::string, int>& out) const;
  // Optional members: absent or null leaves nullopt.
  void get(std::string_view key, std::optional<double>& out) const;
  void get(std::string_view key, std::optional<int64_t>& out) const;
  void get(std::string_view key, std::optional<int>& out) const;

  // As get, but absent or null leaves `out` as it is.
  template <class T>
  void get_if_present(std::string_view key, T& out) const {
    if (has(key)) get(key, out);
  }

  bool has(std::string_view key) const;                      // present and not null
  JsonCursor object(std::string_view key) const;             // a required object
  JsonCursor object_if_present(std::string_view key) const;  // reads as an empty object when absent or null
  nlohmann::json any(std::string_view key) const;            // whatever stands there, null when absent

  // A required array, each element handed to `function(cursor, item)`.
  template <class T, class Function>
  void each(std::string_view key, std::vector<T>& out, Function&& function) const {
    for (const JsonCursor& element : elements(key)) {
      T item;
      function(element, item);
      out.push_back(std::move(item));
    }
  }

  void fail(std::string_view key, std::string why) const;
  // For the document itself: it must be an object.
  void expect_object() const;

 private:
  const nlohmann::json* member(std::string_view key) const;  // nullptr: absent, null, or failed before
  const nlohmann::json* required_member(std::string_view key) const;  // the same, a failure when absent
  std::vector<JsonCursor> elements(std::string_view key) const;
  std::string path_of(std::string_view key) const;
  bool integer_in(std::string_view key, const nlohmann::json& value, int64_t low, int64_t high,
                  int64_t& out) const;

  const nlohmann::json* value_;
  std::string path_;
  ReadFailure* failure_;
};

}  // namespace bpftax
