#include "discover/libvirt.h"

#include "discover/links.h"
#include "util/strings.h"

namespace bpftax {
namespace {

std::string cell_text(std::string_view cell) {
  return cell == "-" ? "" : std::string(cell);
}

}  // namespace

std::vector<DomainInterface> parse_domiflist(std::string_view text) {
  std::vector<DomainInterface> interfaces;
  for (const std::string_view line : split(text, '\n')) {
    // A source may have blanks in its name: the MAC address is the last word.
    const auto cells = split_blank(line);
    if (cells.size() < 5 || split(cells.back(), ':').size() != 6) continue;
    interfaces.push_back(
        {cell_text(cells[0]), cell_text(cells[1]), cell_text(cells[2]), lower_case(cells.back())});
  }
  return interfaces;
}

}  // namespace bpftax
