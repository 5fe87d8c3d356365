// bpftax compare as the user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/temporary_folder.h"
#include "cli/run_testing.h"
#include "report/testdata.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

const std::string kPublished = std::string(BPFTAX_SOURCE_DIR) + "/tests/data/published/";

class CompareCommand : public testing::Test {
 protected:
  std::string run_dir(const std::string& name, const RunResult& result) {
    EXPECT_TRUE(make_directories(folder_ / name));
    EXPECT_TRUE(write_file_atomically(folder_ / name + "/result.json", result_document(result)));
    return folder_ / name;
  }
  const TemporaryFolder folder_;
};

TEST_F(CompareCommand, ComparesFourPublishedTablesAndWritesFiles) {
  const Ran ran =
      run_bpftax({"compare", kPublished + "intel-5.10.yaml", kPublished + "intel-4.19.yaml",
                  kPublished + "hygon-5.10.yaml", kPublished + "arm-5.10.yaml", "--out", folder_ / "out"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("host: eth_drop"));
  EXPECT_THAT(ran.out, HasSubstr("+229 to +295"));
  EXPECT_THAT(ran.out, HasSubstr("no verdict"));
  EXPECT_THAT(read_file(folder_ / "out/compare.md").value(), HasSubstr("+155 to +460"));
  EXPECT_THAT(read_file(folder_ / "out/compare.csv").value(), HasSubstr("\nARM 5.10,host,eth_drop,"));
  const Json document = Json::parse(read_file(folder_ / "out/compare.json").value());
  EXPECT_EQ(document["sources"].size(), 4u);
}

TEST_F(CompareCommand, ComparesRunsByName) {
  RunResult result = synthetic_result();
  const std::string a = run_dir("a", result);
  result.server_facts["kernel_release"] = "6.12.0";
  const std::string b = run_dir("b", result);
  const Ran ran = run_bpftax({"compare", a, "new=" + b + "/result.json", "--json", "-"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json document = Json::parse(ran.out);
  EXPECT_EQ(document["schema"], "bpftax.compare/1");
  EXPECT_EQ(document["sources"][0]["label"], "a");
  EXPECT_EQ(document["sources"][1]["label"], "new");
  EXPECT_EQ(document["host_differences"][0]["fact"], "kernel_release");
  EXPECT_THAT(ran.err, HasSubstr("kernel_release")) << "text for people goes to stderr then";
  const Ran twice = run_bpftax({"compare", a, a, "--json", "-", "--quiet"});
  EXPECT_EQ(Json::parse(twice.out)["sources"][1]["label"], "a (2)");
}

TEST_F(CompareCommand, EndsWith2WhenNothingCanBeCompared) {
  RunResult result = synthetic_result();
  const std::string a = run_dir("a", result);
  for (auto& [workload, place] : result.placement.items()) place["policy"] = "elsewhere";
  const std::string b = run_dir("b", result);
  const Ran refused = run_bpftax({"compare", a, b});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("placement elsewhere, tool not pinned here"));
  EXPECT_THAT(refused.err, HasSubstr("hint: "));

  EXPECT_EQ(run_bpftax({"compare", a}).code, 2);
  EXPECT_EQ(run_bpftax({"compare", a, folder_ / "absent"}).code, 2);
  EXPECT_EQ(run_bpftax({"compare"}).code, 2);
  EXPECT_THAT(run_bpftax({"compare", a, a, "--metrics", "latency_mean"}).err,
              HasSubstr("did you mean 'latency_mean_us'?"));
  ASSERT_TRUE(write_file_atomically(folder_ / "x.yaml", "a: 1\n"));
  EXPECT_THAT(run_bpftax({"compare", a, folder_ / "x.yaml"}).err,
              HasSubstr("neither a result nor a published"));
  ASSERT_TRUE(write_file_atomically(folder_ / "y.yaml", "schema: bpftax.published/1\nnme: x\n"));
  const Ran wrong = run_bpftax({"compare", a, folder_ / "y.yaml"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("y.yaml:2:1"));
}

TEST_F(CompareCommand, APathThatCannotBeLookedAtIsAnError) {
  const std::string a = run_dir("a", synthetic_result());
  ASSERT_EQ(::symlink("loop", (folder_ / "loop").c_str()), 0);
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  for (const std::string& path : {folder_ / std::string(300, 'x'), folder_ / "loop", folder_ / "fifo"}) {
    const Ran ran = run_bpftax({"compare", a, path});
    EXPECT_EQ(ran.code, 2) << path;
    EXPECT_THAT(ran.err, HasSubstr("cannot read what is to be compared"));
    EXPECT_THAT(ran.err, HasSubstr("hint: "));
  }
}

TEST_F(CompareCommand, ComparesTheEnvironmentsOfOneTableWithEachOther) {
  ASSERT_TRUE(write_file_atomically(folder_ / "two.yaml", R"(schema: bpftax.published/1
name: two
environments:
  host: {cases: [{tool: t, diffs: {tcp_rr: {latency_mean_us: 10}}}]}
  vm: {cases: [{tool: t, diffs: {tcp_rr: {latency_mean_us: 21}}}]}
)"));
  EXPECT_EQ(run_bpftax({"compare", folder_ / "two.yaml"}).code, 2);
  const Ran ran = run_bpftax({"compare", folder_ / "two.yaml", "--across", "--json", "-", "-q"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json document = Json::parse(ran.out);
  EXPECT_EQ(document["sources"][1]["label"], "two/vm");
  EXPECT_NEAR(document["rows"][0]["cells"][1]["against_first"]["ratio"].get<double>(), 1.1, 1e-12);
}

}  // namespace
}  // namespace bpftax
