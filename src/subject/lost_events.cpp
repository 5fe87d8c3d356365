#include "subject/lost_events.h"

#include <cctype>
#include <limits>
#include <string>
#include <vector>

#include "util/strings.h"

namespace bpftax {
namespace {

std::string lower_word(std::string_view word) {
  std::string lower;
  for (const char c : word) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return lower;
}

bool names_events(const std::string& word) {
  return word.starts_with("event") || word.starts_with("sample") || word.starts_with("record") ||
         word.starts_with("message");
}

}  // namespace

int64_t count_lost_events(std::string_view output) {
  int64_t total = 0;
  for (const std::string_view line : split(output, '\n')) {
    const std::vector<std::string_view> words = split_blank(line);
    for (size_t i = 0; i + 2 < words.size(); ++i) {
      if (lower_word(words[i]) != "lost") continue;
      const auto count = to_int64(words[i + 1]);
      if (!count || *count < 0 || !names_events(lower_word(words[i + 2]))) continue;
      total = *count > std::numeric_limits<int64_t>::max() - total ? std::numeric_limits<int64_t>::max()
                                                                   : total + *count;
    }
  }
  return total;
}

}  // namespace bpftax
