#include <yaml-cpp/emitter.h>

#include <algorithm>

#include "config/yaml.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// Would a reader take this plain text for a number, a truth value or nothing?
bool reads_as_other_than_text(const std::string& text) {
  static const std::vector<std::string> kWords = {"",   "~",   "null", "true", "false", "yes", "no",
                                                  "on", "off", "y",    "n",    "=",     "<<"};
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(kWords.begin(), kWords.end(), lower) != kWords.end()) return true;
  return text.find_first_not_of("0123456789+-._xXeEabcdefABCDEF:") == std::string::npos &&
         text.find_first_of("0123456789.") != std::string::npos && text.find('.') == text.rfind('.');
}

void emit(YAML::Emitter& out, const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      out << YAML::Null;
      return;
    case YamlNode::Kind::kScalar:
      if (node.text.find_first_of("\r\n\t") != std::string::npos) {
        out << YAML::DoubleQuoted << node.text;
      } else if (node.quoted) {
        out << YAML::SingleQuoted << node.text;
      } else {
        out << node.text;
      }
      return;
    case YamlNode::Kind::kSequence:
      if (node.items.empty()) out << YAML::Flow;
      out << YAML::BeginSeq;
      for (const YamlPtr& item : node.items) emit(out, *item);
      out << YAML::EndSeq;
      return;
    case YamlNode::Kind::kMap:
      if (node.entries.empty()) out << YAML::Flow;
      out << YAML::BeginMap;
      for (const YamlEntry& entry : node.entries) {
        out << YAML::Key << entry.key << YAML::Value;
        emit(out, *entry.value);
      }
      out << YAML::EndMap;
      return;
  }
}

}  // namespace

YamlNode yaml_plain(std::string text) {
  YamlNode node;
  node.kind = YamlNode::Kind::kScalar;
  node.text = std::move(text);
  return node;
}

YamlNode yaml_text(std::string text) {
  YamlNode node = yaml_plain(std::move(text));
  node.quoted = reads_as_other_than_text(node.text);
  return node;
}

YamlNode yaml_map() {
  YamlNode node;
  node.kind = YamlNode::Kind::kMap;
  return node;
}

YamlNode yaml_sequence(const std::vector<std::string>& texts) {
  YamlNode node;
  node.kind = YamlNode::Kind::kSequence;
  for (const std::string& text : texts) node.items.push_back(std::make_shared<YamlNode>(yaml_text(text)));
  return node;
}

void yaml_add(YamlNode& map, std::string key, YamlPtr value) {
  map.entries.push_back({std::move(key), 0, 0, std::move(value)});
}

void yaml_add(YamlNode& map, std::string key, YamlNode value) {
  yaml_add(map, std::move(key), std::make_shared<YamlNode>(std::move(value)));
}

std::string yaml_document(const YamlNode& root) {
  YAML::Emitter out;
  out.SetIndent(2);
  emit(out, root);
  return std::string(out.c_str(), out.size()) + "\n";
}

}  // namespace bpftax
