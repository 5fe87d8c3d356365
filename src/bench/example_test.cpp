// Follows docs/adding_a_benchmark.md: what stands there is what compiles here, and it works from end to end.
#include <gmock/gmock.h>
#include <sched.h>

#include "bench/assemble.h"
#include "bench/condition.h"
#include "bench/example_benchmark.h"
#include "bench/process.h"
#include "bench/run.h"
#include "bench/table.h"
#include "util/files.h"

namespace bpftax::bench {
namespace {

using ::testing::HasSubstr;

class AsItIs : public Condition {
 public:
  std::string name() const override { return "idle"; }
  Result<void> enter() override { return {}; }
  Result<Json> leave() override { return Json::object(); }
};

int our_first_cpu() {
  cpu_set_t ours;
  CPU_ZERO(&ours);
  sched_getaffinity(0, sizeof ours, &ours);
  int cpu = 0;
  while (!CPU_ISSET(static_cast<size_t>(cpu), &ours)) ++cpu;
  return cpu;
}

TEST(ExampleBenchmarkTest, IsTheOneOfTheDocument) {
  const std::string folder = BPFTAX_SOURCE_DIR;
  const auto document = read_file(folder + "/docs/adding_a_benchmark.md");
  const auto source = read_file(folder + "/src/bench/example_benchmark.cpp");
  ASSERT_TRUE(document && source);
  // Code stands in the document from the class on, as it is here.
  const size_t begin = source->find("class PipeInstance"), end = source->find("}  // namespace\n");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_THAT(*document, HasSubstr(source->substr(begin, end - begin)));
}

TEST(ExampleBenchmarkTest, MeasuresFromEndToEnd) {
  const std::vector<Task> tasks = {{"examples", "pipe", {{"bytes", 1}}, {our_first_cpu()}}};
  std::vector<std::unique_ptr<Condition>> conditions;
  conditions.push_back(std::make_unique<AsItIs>());
  RunOptions options;
  options.runs = 3;
  options.sampling.samples = 2;
  options.sampling.stretch_ns = 200'000;
  RunObserver observer;
  const MeasureTask measure = [](const Task& task, const SamplingRequest& request) {
    return run_in_process(pipe_benchmark(), task, request);
  };
  const auto record = run_tasks(tasks, conditions, options, measure, RealClock(), observer);
  ASSERT_TRUE(record) << to_string(record.error());
  RunHeader header;
  header.benchmark = "examples";
  const Document document = assemble(header, *record);
  ASSERT_EQ(document.rows.size(), 2u);
  EXPECT_TRUE(document.rows[0].is_floor);
  const Row& row = document.rows[1];
  ASSERT_EQ(row.status, Status::kMeasured) << row.reason;
  EXPECT_EQ(row.op, "write_read");
  EXPECT_GT(row.ns->mean, 0);
  EXPECT_TRUE(row.ns->low && row.floor_ns);
  EXPECT_EQ(row.samples, 6);
  EXPECT_EQ(row.processes, 3);
  const auto again = document_from_json(document_text(document), "bench.json");
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_THAT(document_tables(*again, {}), HasSubstr("write_read"));
}

}  // namespace
}  // namespace bpftax::bench
