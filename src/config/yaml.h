// YAML text as a tree that knows where everything stands. Parsing is yaml-cpp's; what it calls out is bounded
// here, because the text comes from outside: size, nesting, number of nodes, and what aliases expand to.
// JSON is read with it too (a subset of YAML), so that its errors have a line and a column as well.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "util/result.h"

namespace bpftax {

struct YamlNode;
using YamlPtr = std::shared_ptr<const YamlNode>;

struct YamlEntry {
  std::string key;
  int line = 0, column = 0;  // of the key, from 1
  YamlPtr value;
};

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  std::string text;     // of a scalar
  bool quoted = false;  // '...', "...", | or >: text whatever it looks like
  int line = 0, column = 0;
  std::vector<YamlPtr> items;      // of a sequence
  std::vector<YamlEntry> entries;  // of a mapping, in the file's order, keys unique
  int height = 1;                  // levels below and including this one
  size_t expanded = 1;             // nodes with aliases written out

  bool is_map() const { return kind == Kind::kMap; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  const YamlNode* find(std::string_view key) const;  // of a mapping; nullptr: not there
};

constexpr size_t kMaxYamlBytes = 4u << 20;

// One document. kUsage with file:line:column on a syntax error, a duplicate key, a key that is no scalar, a
// second document, or more than the bounds.
Result<YamlPtr> parse_yaml(std::string_view text, const std::string& file);

// Trees that are written, not read.
YamlNode yaml_text(std::string text);  // quoted only where it would be read as something else
YamlNode yaml_plain(std::string text);
YamlNode yaml_map();
YamlNode yaml_sequence(const std::vector<std::string>& texts);
void yaml_add(YamlNode& map, std::string key, YamlNode value);
void yaml_add(YamlNode& map, std::string key, YamlPtr value);
// Block style, two blanks a level, a newline at the end.
std::string yaml_document(const YamlNode& root);

}  // namespace bpftax
