#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "util/strings.h"

namespace bpftax {
namespace {

constexpr int kMaxDepth = 32;
constexpr size_t kMaxNodes = 400'000;  // with aliases written out

// Thrown out of yaml-cpp's callbacks; caught in parse_yaml.
struct Refused {
  YAML::Mark mark;
  std::string what, why, hint;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(YamlNode::Kind::kNull, mark), mark, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{mark, "an alias stands inside its own anchor", "", ""};
    add(found->second, mark, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = make(YamlNode::Kind::kScalar, mark);
    node->text = value;
    node->quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    add(std::move(node), mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kSequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { close(); }

  YamlPtr root;

 private:
  struct Level {
    std::shared_ptr<YamlNode> node;
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    bool key_read = false;
    std::map<std::string, int, std::less<>> lines;  // key -> its line
  };

  static std::shared_ptr<YamlNode> make(YamlNode::Kind kind, const YAML::Mark& mark) {
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    node->line = mark.line + 1;
    node->column = mark.column + 1;
    return node;
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    refuse_collection_key(mark);
    if (levels_.size() >= kMaxDepth) too_deep(mark);
    levels_.push_back(Level{make(kind, mark), mark, anchor, false, {}});
  }

  void close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    add(std::move(level.node), level.mark, level.anchor);
  }

  void add(const YamlPtr& node, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    if (levels_.empty()) {
      root = node;
      return;
    }
    Level& level = levels_.back();
    YamlNode& parent = *level.node;
    if (parent.is_map() && !level.key_read) return add_key(level, *node, mark);
    if (static_cast<int>(levels_.size()) + node->height > kMaxDepth) too_deep(mark);
    parent.height = std::max(parent.height, node->height + 1);
    parent.expanded += node->expanded;
    if (parent.expanded > kMaxNodes)
      throw Refused{mark, "the document is too large", "it has too many values, aliases written out", ""};
    if (parent.is_map()) {
      parent.entries.back().value = node;
      level.key_read = false;
    } else {
      parent.items.push_back(node);
    }
  }

  static void add_key(Level& level, const YamlNode& key, const YAML::Mark& mark) {
    if (!key.is_scalar()) throw Refused{mark, "a key is no plain text", "", ""};
    const auto [at, is_new] = level.lines.emplace(key.text, mark.line + 1);
    if (!is_new)
      throw Refused{mark, fmt::format("duplicate key '{}'", shorten(printable(key.text), 80)),
                    fmt::format("it stands in line {} already", at->second), "remove one of the two"};
    level.node->entries.push_back({key.text, mark.line + 1, mark.column + 1, nullptr});
    level.key_read = true;
  }

  void refuse_collection_key(const YAML::Mark& mark) {
    if (levels_.empty()) return;
    const Level& level = levels_.back();
    if (level.node->is_map() && !level.key_read) {
      throw Refused{mark, "a key is no plain text", "",
                    "a value that begins with { or [ needs quotes: '{name}'"};
    }
  }
  [[noreturn]] static void too_deep(const YAML::Mark& mark) {
    throw Refused{mark, "the document is nested too deeply", fmt::format("more than {} levels", kMaxDepth),
                  ""};
  }

  std::vector<Level> levels_;
  std::map<YAML::anchor_t, YamlPtr> anchors_;
};

tl::unexpected<Error> refused_at(const std::string& file, const YAML::Mark& mark, std::string what,
                                 std::string why, std::string hint) {
  const ConfigPlace place{file, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
  return fail(ErrorKind::kUsage, std::move(what), to_string(place), std::move(why), std::move(hint));
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const YamlEntry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : found->value.get();
}

Result<YamlPtr> parse_yaml(std::string_view text, const std::string& file) {
  if (text.size() > kMaxYamlBytes)
    return fail(ErrorKind::kUsage, "the file is too large", file,
                fmt::format("more than {} MiB", kMaxYamlBytes >> 20u));
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos)
    return fail(ErrorKind::kUsage, "not a text file", file, fmt::format("byte {} is zero", nul + 1));
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder;
    if (!parser.HandleNextDocument(builder) || builder.root == nullptr)
      return fail(ErrorKind::kUsage, "the file is empty", file);
    TreeBuilder second;
    if (parser.HandleNextDocument(second))
      return fail(ErrorKind::kUsage, "the file has more than one document", file, "",
                  "keep the part before the second '---'");
    return builder.root;
  } catch (const Refused& refused) {
    return refused_at(file, refused.mark, refused.what, refused.why, refused.hint);
  } catch (const YAML::Exception& error) {
    return refused_at(file, error.mark, "not valid YAML", printable(error.msg), "");
  } catch (const std::exception& error) {  // yaml-cpp lets some of the standard library's through
    return fail(ErrorKind::kUsage, "not valid YAML", file, printable(error.what()));
  }
}

}  // namespace bpftax
