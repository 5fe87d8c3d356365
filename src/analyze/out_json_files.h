// Files of JSON that are written in one go, each by a function of its own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analyze/out_files.h"
#include "util/json_text.h"

namespace bpftax {

// `walk(file)` calls file(path, write) for each of them, in the same order every time; write(JsonText&) makes
// the text. It walks now to learn the paths, and when the files are written to make their texts.
template <class Walk>
void add_json_files(OutFiles& files, size_t weight, Walk walk) {
  std::vector<std::string> paths;
  const auto learn = [&](std::string path, auto&&) { paths.push_back(std::move(path)); };
  walk(learn);
  const auto make = [walk = std::move(walk)](const PutText& put) {
    JsonText json;
    const auto write_one = [&](const std::string&, auto&& write) {
      write(json);
      put(json.lend());
    };
    walk(write_one);
  };
  files.add(paths, make, weight);
}

}  // namespace bpftax
