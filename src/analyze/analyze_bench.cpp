// Reading a tree into the model. BPFTAX_BENCH_TREE names one (tests/bench/make_tree makes it); without it,
// the two iterations of the tests' data.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

#include "analyze/reader.h"

namespace {

void read_tree(benchmark::State& state) {
  const char* named = std::getenv("BPFTAX_BENCH_TREE");
  const std::string folder =
      named != nullptr ? named : std::string(BPFTAX_SOURCE_DIR) + "/tests/data/origin-results";
  bpftax::ReadLimits limits;
  limits.threads = static_cast<int>(state.range(0));
  int64_t files = 0, bytes = 0;
  for (auto _ : state) {
    const auto tree = bpftax::read_analysed_tree(folder, limits);
    if (!tree) {
      state.SkipWithError(tree.error().why.c_str());
      return;
    }
    files += tree->files_read;
    bytes += tree->bytes_read;
    benchmark::DoNotOptimize(tree->iterations.data());
  }
  state.SetItemsProcessed(files);
  state.SetBytesProcessed(bytes);
}
BENCHMARK(read_tree)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
