#include "report/html_frame.h"

#include <cstdint>

#include "report/assets.h"
#include "report/html_parts.h"
#include "report/words.h"
#include "util/files.h"

namespace bpftax {
namespace {

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<uint8_t>(bytes[i + j]) : 0u);
    for (size_t j = 0; j < 4; ++j) out += i + j <= bytes.size() ? kDigits[group >> (18 - 6 * j) & 63u] : '=';
  }
  return out;
}

// How a Content-Security-Policy names an inline script.
std::string script_hash(std::string_view script) {
  const std::string hex = sha256_hex(script);
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(nibble(hex[i]) << 4 | nibble(hex[i + 1]));
  return "sha256-" + base64(bytes);
}

}  // namespace

std::string script_policy(std::string_view script) {
  return "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; font-src data:; "
         "style-src 'unsafe-inline'; script-src '" +
         script_hash(script) + "'";
}

std::string masthead_html(Lang lang, std::string_view navigation) {
  const auto text = [lang](WordKey key) { return html_escape(word(lang, key)); };
  return "<a class=\"skip\" href=\"#main\">" + text("page.skip") +
         "</a>\n<header class=\"masthead\"><div class=\"bar\"><span class=\"brand\">bpftax</span>\n<nav "
         "aria-label=\"" +
         text("page.sections") + "\"><ul>" + std::string(navigation) +
         "</ul></nav>\n<button type=\"button\" id=\"theme\" hidden>" + text("theme.auto") +
         "</button></div></header>\n";
}

std::string html_document(const HtmlDocument& page) {
  std::string out;
  out.reserve(page.script.size() + report_css().size() + page.body.size() + page.island.size() + 65536);
  out += "<!doctype html>\n<html lang=\"" + std::string(to_string(page.lang)) +
         "\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta http-equiv=\"Content-Security-Policy\" content=\"" + std::string(page.policy) + "\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  out += "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"bpftax " +
         esc(page.version) + "\">\n";
  out += "<title>" + esc(page.title) + " \u00b7 bpftax</title>\n<style>";
  out += report_css();
  out += "</style>\n</head>\n<body>\n";
  out += page.body;
  out += "<details class=\"notices\"><summary>" + html_escape(word(page.lang, "page.licences")) +
         "</summary><pre lang=\"en\">";
  out += html_escape(report_notices());
  out += "</pre></details>\n</footer>\n<script type=\"application/json\" id=\"data\">";
  out += page.island;
  out += "</script>\n<script>";
  out += page.script;
  out += "</script>\n</body>\n</html>\n";
  return out;
}

}  // namespace bpftax
