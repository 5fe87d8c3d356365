// Rows that a Select of the tables means. Only for evaluate*.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/guide/statements.h"
#include "bench/model.h"

namespace bpftax::bench {

struct ParamFilter {
  std::string key, value;  // "threads", "max"
};
// "threads=max,wakeup=adaptive"
std::vector<ParamFilter> param_filters(std::string_view text);
// "key_size,prealloc"
std::vector<std::string> name_list(std::string_view text);

// Rows of a family that the Select means, whatever their status, floors left out. "max" and "min" pick among
// the rows that differ in that parameter only.
std::vector<const Row*> rows_of(const Document& document, std::string_view family, const Select& select);

// "hash lookup in the program, threads=max"
std::string name_of(const Select& select);

}  // namespace bpftax::bench
