// bpftax bench: what the primitives of eBPF cost on this machine.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/bench_compare.h"
#include "cli/bench_families.h"
#include "cli/bench_guide.h"
#include "cli/bench_import.h"
#include "cli/bench_run.h"
#include "cli/commands.h"

namespace bpftax {
namespace {

struct BenchFamilyCommand {
  CLI::App* app = nullptr;
  const bench::Family* family = nullptr;
  bench::PlanTasks plan;
};

}  // namespace

RunCommand set_up_bench(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  command.require_subcommand(1);
  const auto sub = [&command](const char* name, const char* about) {
    CLI::App* app = command.add_subcommand(name, about);
    app->fallthrough();  // --json and the like stand behind it too
    return app;
  };
  const auto options = std::make_shared<BenchOptions>();
  std::vector<BenchFamilyCommand> families;
  for (const bench::Family& family : bench_families()) {
    CLI::App* app = sub(family.name, family.summary);
    add_bench_options(*app, *options);
    families.push_back({app, &family, family.set_up(*app)});
  }
  const auto compared = std::make_shared<BenchCompareOptions>();
  CLI::App* compare = sub("compare", "the same benchmarks of two machines, kernels, builds or runs");
  compare->add_option("A", compared->a, "a bench.json, or the folder that holds one")->required();
  compare->add_option("B", compared->b, "what is compared with it")->required();
  compare->add_option("--csv", compared->csv, "write the rows as CSV")->type_name("FILE");
  compare->add_flag("--by-name", compared->by_name,
                    "rows go together by name; parameters that only one side has are ignored");
  const auto guided = std::make_shared<BenchGuideOptions>();
  CLI::App* guide =
      sub("guide", "which map type, hook and path for which purpose, from what was measured here");
  guide->add_option("FILE", guided->files, "bench.json files of one machine, or their folders")->required();
  guide->add_option("-o,--out", guided->out, "write it as Markdown")->type_name("FILE.md");
  const auto imported = std::make_shared<BenchImportOptions>();
  CLI::App* import = sub("import", "results of the kernel's own benchmarks and of veristat, as ours");
  import
      ->add_option("FILE", imported->files, "what `bench` of the kernel's selftests printed; CSV of veristat")
      ->required();
  import->add_option("-o,--out", imported->out, "write them as a bench.json")->type_name("FILE.json");
  import->add_option("--beside", imported->beside, "set them beside this bench.json of ours")
      ->type_name("FILE");
  import->add_option("--csv", imported->csv, "write the rows as CSV")->type_name("FILE");
  const CLI::App* one_task = sub(kOneTaskCommand, "what bpftax bench starts for each process")->group("");
  return [=, &common]() -> Result<int> {
    if (one_task->parsed()) return run_one_task();
    if (compare->parsed()) return compare_benches(*compared, common);
    if (guide->parsed()) return guide_from_benches(*guided, common);
    if (import->parsed()) return import_benches(*imported, common);
    for (const BenchFamilyCommand& family : families)
      if (family.app->parsed()) return run_bench_family(*family.family, family.plan, *options, common);
    return fail(ErrorKind::kUsage, "no benchmark was chosen", "", "", "bpftax bench --help");
  };
}

}  // namespace bpftax
