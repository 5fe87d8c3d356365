// A document of headings, paragraphs, lists and tables, written as Markdown or as one self-contained HTML
// file. Holds plain text as it came from anywhere; the writers make it safe. Pure.
#pragma once

#include <string>
#include <vector>

#include "report/words.h"

namespace bpftax {

struct StoryTable {
  std::vector<std::string> head;
  std::vector<bool> numeric;  // by column: aligned right
  std::vector<std::vector<std::string>> rows;
};

struct StoryBlock {
  enum class Kind { kHeading, kText, kList, kTable, kCode };
  Kind kind = Kind::kText;
  int level = 0;     // of a heading: 1 = chapter
  std::string text;  // a heading's with its number
  std::vector<std::string> items;
  StoryTable table;
};

class StoryDocument {
 public:
  StoryDocument(Lang lang, std::string title) : lang_(lang), title_(std::move(title)) {}
  void heading(int level, const std::string& text);  // numbered: 1, 1.1, 1.1.1
  void text(std::string text);                       // "" is left out
  void list(std::vector<std::string> items);         // empty is left out
  void table(StoryTable table);                      // without rows it is left out
  void code(std::string text);

  Lang lang() const { return lang_; }
  const std::string& title() const { return title_; }
  const std::vector<StoryBlock>& blocks() const { return blocks_; }

 private:
  Lang lang_;
  std::string title_;
  std::vector<StoryBlock> blocks_;
  std::vector<int> numbers_;
};

std::string story_markdown(const StoryDocument& document);
std::string story_html(const StoryDocument& document);

}  // namespace bpftax
