// report.md: the facts of report.html for people and for what shows Markdown (a repository, a merge request),
// with pictures as files beside it. Pure.
#pragma once

#include <string>
#include <vector>

#include "report/lang.h"
#include "result/model.h"

namespace bpftax {

struct MarkdownOptions {
  Lang lang = Lang::kEn;
  // Stem of the pictures' names ("report": report-verdicts.svg, with several parts report-verdicts-1.svg;
  // letters, digits,
  // "-", "_" and "." only); "" for a report without pictures.
  std::string pictures = {};
};
std::string render_markdown(const RunResult& result, const MarkdownOptions& options = {});

struct Picture {
  std::string file;  // name, without a folder
  std::string alt;   // in words
  std::string svg;
  size_t group = 0;  // of groups_of(result)
};
// The pictures that render_markdown() with the same options links to.
std::vector<Picture> markdown_pictures(const RunResult& result, const MarkdownOptions& options);

}  // namespace bpftax
