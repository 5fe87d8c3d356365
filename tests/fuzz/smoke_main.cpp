// Runs a fuzz target without libFuzzer: NAME ROUNDS [SEED_FOLDER]. Each seed as it is, then ROUNDS inputs
// made from the seeds, always the same ones, so that a test run is the same everywhere. Looking for new
// faults is what `./dev fuzz` is for: that is guided by coverage.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "util/rng.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr uint64_t kSeed = 20261121;
constexpr size_t kMostBytes = 64 * 1024;

using Input = std::string;

// What parsers trip over: signs, brackets and limits of what they read.
const std::vector<Input> kPieces = {{},
                                    "0",
                                    "-1",
                                    "18446744073709551616",
                                    "1e999",
                                    "nan",
                                    "\"",
                                    "{",
                                    "}",
                                    "[",
                                    "]",
                                    ":",
                                    ",",
                                    "\n",
                                    "\r\n",
                                    "\t",
                                    " ",
                                    "\\u0000",
                                    "\xff",
                                    "\xc3",
                                    "'",
                                    "$(x)",
                                    "../",
                                    "null",
                                    "true",
                                    "%s",
                                    "#",
                                    "&a *a",
                                    "---\n",
                                    Input(1, '\0'),
                                    Input(300, '['),
                                    Input(5000, 'a')};

size_t below(bpftax::Rng& rng, size_t limit) {
  return rng.below(static_cast<uint32_t>(limit));
}

void mutate(Input& input, const std::vector<Input>& seeds, bpftax::Rng& rng) {
  const size_t at = below(rng, input.size() + 1);
  const size_t length = std::min(input.size() - at, 1 + below(rng, 32));
  switch (below(rng, 7)) {
    case 0:
      if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(rng, 8)));
      break;
    case 1:
      input.resize(at);
      break;
    case 2:
      input.erase(at, length);
      break;
    case 3:
      input.insert(at, input.substr(at, length));
      break;
    case 4:
      input.insert(at, kPieces[below(rng, kPieces.size())]);
      break;
    case 5:
      input.replace(at, length, kPieces[below(rng, kPieces.size())]);
      break;
    default: {
      const Input& other = seeds[below(rng, seeds.size())];
      const size_t from = below(rng, other.size() + 1);
      input.replace(at, length, other.substr(from, 1 + below(rng, 256)));
    }
  }
}

void run(const Input& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

std::vector<Input> read_seeds(const char* folder) {
  std::vector<std::filesystem::path> paths;
  if (folder != nullptr) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());  // directories have no order of their own
  std::vector<Input> seeds = {{}};
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s ROUNDS [SEED_FOLDER]\n", argv[0]);
    return 2;
  }
  const long rounds = std::strtol(argv[1], nullptr, 10);
  const std::vector<Input> seeds = read_seeds(argc > 2 ? argv[2] : nullptr);
  for (const Input& seed : seeds) run(seed);
  bpftax::PcgRng rng(kSeed);
  // Kept for whoever looks into a crash: the input that was at work.
  const char* keep = std::getenv("BPFTAX_FUZZ_KEEP");
  for (long round = 0; round < rounds; ++round) {
    Input input = seeds[below(rng, seeds.size())];
    for (size_t step = 1 + below(rng, 4); step > 0; --step) mutate(input, seeds, rng);
    input.resize(std::min(input.size(), kMostBytes));
    if (keep != nullptr) std::ofstream(keep, std::ios::binary) << input;
    run(input);
  }
  std::printf("%zu seeds and %ld inputs made from them\n", seeds.size(), rounds);
  return 0;
}
