#include "report/words_engine.h"

#include <array>
#include <span>
#include <vector>

#include "report/words.h"
#include "report/words_warnings.h"

namespace bpftax {
namespace {

constexpr int kMostParts = 12;  // of one text, put together from sentences
constexpr size_t kDeepest = 8;  // of sentences in sentences

// Ways to fit a pattern that are tried: text from outside may be made to have very many.
constexpr int kMostTries = 2000;

struct Pieces {
  std::vector<std::string_view> captures;  // what {0}, {1}, ... stand for, in the order of the text
  int tries = 0;
};

// Whether the text is the pattern with something in place of each {n}; the shortest that fits each.
bool matches(std::string_view text, std::string_view pattern, Pieces& pieces) {
  const size_t open = pattern.find('{');
  const std::string_view literal = pattern.substr(0, open);
  if (!text.starts_with(literal)) return false;
  text.remove_prefix(literal.size());
  if (open == std::string_view::npos) return text.empty();
  pattern.remove_prefix(open + 3);  // "{0}"
  if (pattern.empty()) {
    if (text.empty()) return false;
    pieces.captures.push_back(text);
    return true;
  }
  const std::string_view next = pattern.substr(0, pattern.find('{'));
  for (size_t at = text.find(next, 1); at != std::string_view::npos; at = text.find(next, at + 1)) {
    if (++pieces.tries > kMostTries) return false;
    pieces.captures.push_back(text.substr(0, at));
    if (matches(text.substr(at), pattern, pieces)) return true;
    pieces.captures.pop_back();
  }
  return false;
}

std::optional<std::string> whole(std::string_view text, size_t depth);

// A capture may be a phrase that has a translation itself; names and numbers stay.
std::string phrase(std::string_view text, size_t depth) {
  return whole(text, depth + 1).value_or(std::string(text));
}

std::string filled(const EnginePattern& pattern, const Pieces& pieces, size_t depth) {
  std::string out;
  for (size_t i = 0; i < pattern.zh.size(); ++i) {
    const char c = pattern.zh[i];
    if (c != '{' || i + 2 >= pattern.zh.size()) {
      out += c;
      continue;
    }
    const auto number = static_cast<size_t>(pattern.zh[i + 1] - '0');
    if (number < pieces.captures.size()) out += phrase(pieces.captures[number], depth);
    i += 2;
  }
  return out;
}

std::optional<std::string> whole(std::string_view text, size_t depth) {
  if (depth > kDeepest || text.empty() || text.size() > 2000) return std::nullopt;
  for (const std::span<const EnginePattern> patterns :
       {std::span<const EnginePattern>(kVerdictPatterns), std::span<const EnginePattern>(kClassPatterns),
        std::span<const EnginePattern>(kWarningPatterns)}) {
    for (const EnginePattern& pattern : patterns) {
      Pieces pieces;
      // A capture with an end of a sentence in it means that the pattern took more than its own sentence.
      if (!matches(text, pattern.en, pieces)) continue;
      bool sound = true;
      for (const std::string_view capture : pieces.captures)
        sound = sound && capture.find(". ") == std::string_view::npos &&
                capture.find("; ") == std::string_view::npos;
      if (sound) return filled(pattern, pieces, depth);
    }
  }
  return std::nullopt;
}

// The text, or its parts around one separator, from the left.
std::optional<std::string> sequence(std::string_view text, size_t depth) {
  if (auto done = whole(text, depth)) return done;
  if (depth > kDeepest) return std::nullopt;
  struct Separator {
    std::string_view en, zh;
    size_t keep;  // bytes of the separator that belong to the left part
  };
  for (const Separator& separator : {Separator{". ", "", 1}, Separator{"; ", "；", 0}}) {
    int parts = 0;
    for (size_t at = text.find(separator.en); at != std::string_view::npos && parts < kMostParts;
         at = text.find(separator.en, at + 1), ++parts) {
      const auto left = whole(text.substr(0, at + separator.keep), depth + 1);
      if (!left) continue;
      if (const auto right = sequence(text.substr(at + separator.en.size()), depth + 1))
        return *left + std::string(separator.zh) + *right;
    }
  }
  return std::nullopt;
}

const CodeMeaning* meaning_of_code(std::string_view code) {
  for (const CodeMeaning& meaning : kCodeMeanings)
    if (meaning.code == code) return &meaning;
  return nullptr;
}

}  // namespace

std::optional<std::string> translated(Lang lang, std::string_view english) {
  if (lang == Lang::kEn) return std::nullopt;
  return sequence(english, 0);
}

std::string engine_text(Lang lang, std::string_view english) {
  return translated(lang, english).value_or(std::string(english));
}

WarningText warning_text(Lang lang, const ResultWarning& warning) {
  WarningText out{.text = warning.text, .advice = warning.advice};
  if (lang == Lang::kEn) return out;
  const auto text = translated(lang, warning.text);
  const auto advice = translated(lang, warning.advice);
  const CodeMeaning* meaning = meaning_of_code(warning.code);
  if (text) {
    out.text = *text;
  } else if (meaning != nullptr && !warning.text.empty()) {
    out.text = meaning->text;
    out.original = warning.text;
  } else {
    out.text_is_english = !warning.text.empty();
  }
  if (advice) {
    out.advice = *advice;
  } else if (meaning != nullptr && !warning.advice.empty()) {
    out.advice = meaning->advice;
  } else {
    out.advice_is_english = !warning.advice.empty();
  }
  return out;
}

}  // namespace bpftax
