#include "bench/load/load_family.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/builds.h"
#include "bench/load/load_subjects.h"
#include "bench/load/series.h"
#include "bench/load/veristat_csv.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

struct LoadOptions {
  std::vector<std::string> objects;
  std::vector<std::string> series;
  std::vector<uint64_t> sizes;
  std::vector<std::string> programs;
  bool no_attach = false;
  bool compare = false;
  std::string veristat;
};

Task load_task(const LoadOptions& options, const PlanOptions& plan, std::string subject) {
  Task task;
  task.benchmark = "load";
  task.subject = std::move(subject);
  task.cpus = {plan.cpus.front()};
  if (options.no_attach && task.subject != kObjectSubject) task.params["attach"] = "no";
  return task;
}

Result<void> plan_series(const LoadOptions& options, const PlanOptions& plan, std::vector<Task>& tasks) {
  std::vector<std::string> names;
  for (const Series& series : all_series()) names.emplace_back(series.name);
  for (const std::string& name : options.series) {
    if (find_series(name) != nullptr) continue;
    const auto nearest = nearest_name(name, names);
    return fail(ErrorKind::kUsage, "no such series", "--series " + printable(name), {},
                nearest ? "did you mean " + *nearest + "?" : "one of " + join(names, ", "));
  }
  for (const Series& series : all_series()) {
    const bool chosen = options.series.empty() || std::find(options.series.begin(), options.series.end(),
                                                            series.name) != options.series.end();
    if (!chosen) continue;
    std::vector<uint64_t> sizes = options.sizes;
    if (sizes.empty() && plan.quick) sizes.assign(series.quick.begin(), series.quick.end());
    if (sizes.empty()) sizes.assign(series.full.begin(), series.full.end());
    for (const uint64_t size : sizes) {
      BPFTAX_TRY(make_series_program(series, size));
      tasks.push_back(load_task(options, plan, series.name));
      tasks.back().params["size"] = size;
    }
  }
  return {};
}

Result<void> plan_objects(const LoadOptions& options, const PlanOptions& plan, std::vector<Task>& tasks) {
  BPFTAX_TRY(add_objects(options.objects));
  std::vector<std::string> known;
  for (const ObjectSubject& object : objects()) {
    const auto add = [&](const std::string& subject) {
      tasks.push_back(load_task(options, plan, subject));
      tasks.back().params["object"] = object.label;
      tasks.back().options["file"] = object.file();
    };
    add(kObjectSubject);
    for (const ListedProgram& program : object.programs) {
      known.push_back(program.name);
      if (!options.programs.empty() &&
          std::find(options.programs.begin(), options.programs.end(), program.name) == options.programs.end())
        continue;
      add(program.name);
    }
  }
  for (const std::string& name : options.programs) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto nearest = nearest_name(name, known);
    return fail(ErrorKind::kUsage, "no object has such a program", "--program " + printable(name), {},
                nearest ? "did you mean " + *nearest + "?" : "one of " + shorten(join(known, ", "), 300));
  }
  return {};
}

Result<std::vector<Task>> plan_load(const LoadOptions& options, const PlanOptions& plan) {
  const auto unusable = [](const char* option, const char* why, const char* hint) {
    return fail(ErrorKind::kUsage, "the option cannot be used", option, why, hint);
  };
  if (options.compare && options.objects.size() != 2)
    return unusable("--compare", "it needs two object files", "bpftax bench load --compare OLD.o NEW.o");
  if (!options.programs.empty() && options.objects.empty())
    return unusable("--program", "no object file is given", "bpftax bench load --program NAME OBJECT.o");
  std::vector<Task> tasks;
  if (!options.objects.empty()) BPFTAX_TRY(plan_objects(options, plan, tasks));
  if (options.objects.empty() || !options.series.empty())
    BPFTAX_TRY(plan_series(options, plan, tasks));
  else if (!options.sizes.empty())
    return unusable("--sizes", "object files have their size", "name a --series beside them");
  return tasks;
}

// What finish_load() is asked for; one command line a process.
std::shared_ptr<LoadOptions>& chosen_options() {
  static std::shared_ptr<LoadOptions> options;
  return options;
}

PlanTasks set_up_load_options(CLI::App& command) {
  auto options = std::make_shared<LoadOptions>();
  chosen_options() = options;
  command.add_option("objects", options->objects, "BPF object files (*.o); none: the built-in series")
      ->type_name("OBJECT.o");
  command
      .add_option("--series", options->series, "Of the built-in series only these (straight_line, loop, ...)")
      ->delimiter(',')
      ->type_name("NAME,...");
  command.add_option("--sizes", options->sizes, "Sizes of the built-in programs")
      ->delimiter(',')
      ->type_name("N,...");
  command.add_option("--program", options->programs, "Of the object files only these programs")
      ->delimiter(',')
      ->type_name("NAME,...");
  command.add_flag("--no-attach", options->no_attach, "Load and run, but never attach");
  command.add_flag("--compare", options->compare, "Two builds of an object side by side");
  command
      .add_option("--veristat", options->veristat, "Also write the columns of veristat's CSV to this file")
      ->type_name("FILE");
  return [options](const PlanOptions& plan) { return plan_load(*options, plan); };
}

Result<std::string> finish_load(const Document& document, int width, bool color) {
  const LoadOptions& options = *chosen_options();
  if (!options.veristat.empty()) BPFTAX_TRY(write_file_atomically(options.veristat, veristat_csv(document)));
  std::string text;
  if (options.compare) {
    BPFTAX_ASSIGN(text, builds_text(document, width, color));
  }
  if (!options.veristat.empty()) text += veristat_note(document, printable(options.veristat));
  return text;
}

}  // namespace

Family load_family() {
  Family family{};
  family.name = "load";
  family.summary = "what loading costs: open, BTF, relocation, verification, JIT, attach, first run, detach";
  family.set_up = set_up_load_options;
  family.benchmarks = load_benchmarks;
  family.finish = finish_load;
  family.recall = recall_object;
  return family;
}

}  // namespace bpftax::bench
