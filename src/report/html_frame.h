// The frame of a self-contained page: head with its Content-Security-Policy, style, body, data, script and
// the licences of what is bundled. Nothing is loaded, and only the one script may run.
#pragma once

#include <string>
#include <string_view>

#include "report/lang.h"

namespace bpftax {

struct HtmlDocument {
  Lang lang = Lang::kEn;
  std::string_view title;    // plain text
  std::string_view version;  // of bpftax, plain text
  std::string_view body;     // markup, up to the open <footer>
  std::string_view island;   // island_json()
  std::string_view script;   // of web/dist; ends neither itself nor the page (web/build.mjs checks it)
  std::string_view policy;   // script_policy(script)
};
std::string html_document(const HtmlDocument& page);

// The Content-Security-Policy that allows this inline script, embedded letters and pictures, and no more.
// Worth keeping: it hashes the whole script.
std::string script_policy(std::string_view script);

// From the skip link to the open <main>: `navigation` are the <li> of the sections, made safe by the caller.
std::string masthead_html(Lang lang, std::string_view navigation);

}  // namespace bpftax
