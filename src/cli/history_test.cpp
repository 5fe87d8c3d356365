// bpftax history as the user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "agent/temporary_folder.h"
#include "cli/run_testing.h"
#include "report/testdata.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/json.h"
#include "util/rng.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

class HistoryCommand : public testing::Test {
 protected:
  // A run whose latency with the tool is `percent` worse, give or take the noise of six blocks.
  std::string write_run(int number, double percent) {
    RunResult result = synthetic_result();
    result.run_id = "20261121-1200" + std::to_string(10 + number) + "-abcd";
    result.started_realtime_ns += number * 3600 * kNsPerS;
    result.windows.clear();
    result.subjects.resize(1);
    std::erase_if(result.comparisons, [](const ResultComparison& row) {
      return row.subject != "t1" || row.workload != "tcp_rr" || row.metric != "latency_mean_us";
    });
    ResultComparison& row = result.comparisons.at(0);
    row.baseline_samples.clear();
    row.subject_samples.clear();
    row.blocks = 6;
    PcgRng rng(static_cast<uint64_t>(number));
    double mean = 0;
    for (int i = 0; i < row.blocks; ++i) {
      const double effect = std::log1p(percent / 100) + .004 * rng.normal();
      row.baseline_samples.push_back(12);
      row.subject_samples.push_back(12 * std::exp(effect));
      mean += effect / row.blocks;
    }
    row.overhead_percent = 100 * std::expm1(mean);
    row.ci_low = *row.overhead_percent - .5;
    row.ci_high = *row.overhead_percent + .5;
    const std::string dir = folder_ / ("run" + std::to_string(number));
    EXPECT_TRUE(make_directories(dir));
    EXPECT_TRUE(write_file_atomically(dir + "/result.json", result_document(result)));
    return dir;
  }
  Ran history(std::vector<std::string> words) {
    words.insert(words.begin(), "history");
    words.insert(words.end(), {"--db", db_});
    return run_bpftax(std::move(words));
  }
  const TemporaryFolder folder_;
  const std::string db_ = folder_ / "h.sqlite";
};

TEST_F(HistoryCommand, AddsListsShowsAndRemoves) {
  const std::string dir = write_run(1, 2);
  const Ran added = history({"add", dir, "--tool-version", "packet-count=1.0"});
  EXPECT_EQ(added.code, 0) << added.err;
  EXPECT_THAT(added.out, HasSubstr("added     20261121-120011-abcd"));
  EXPECT_THAT(history({"add", dir + "/result.json"}).out, HasSubstr("unchanged"));
  const Ran list = history({"list"});
  EXPECT_THAT(list.out, HasSubstr("20261121-120011-abcd"));
  EXPECT_THAT(list.out, HasSubstr("Linux 6.18.0-1-amd64"));
  const Ran show = history({"show", "20261121-12"});
  EXPECT_EQ(show.code, 0) << show.err;
  EXPECT_THAT(show.out, HasSubstr("packet-count  1.0"));
  EXPECT_THAT(show.out, HasSubstr("latency_mean_us"));
  const Json json = Json::parse(history({"show", "1", "--json", "-"}).out, nullptr, false);
  EXPECT_EQ(json["schema"], "bpftax.history/1");
  EXPECT_EQ(json["run"]["subjects"][0]["version"], "1.0");
  EXPECT_EQ(json["run"]["comparisons"].size(), 1u);
  EXPECT_EQ(history({"remove", "1"}).code, 0);
  EXPECT_THAT(history({"list"}).out, HasSubstr("empty"));
  EXPECT_EQ(history({"remove", "1"}).code, 2);
}

TEST_F(HistoryCommand, FindsTheVersionThatChangedTheCost) {
  for (int i = 1; i <= 8; ++i) {
    const std::string dir = write_run(i, i < 6 ? 1 : 7);
    ASSERT_EQ(history({"add", dir, "--tool-version", "1." + std::to_string(i + 4)}).code, 0);
  }
  const Ran ran =
      history({"trend", "--tool", "packet-count", "--workload", "tcp_rr", "--metric", "latency_mean_us"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("change at 1.10: +"));
  const Json trend =
      Json::parse(history({"trend", "--tool", "packet-count", "--json", "-"}).out, nullptr, false)["trend"];
  ASSERT_EQ(trend["series"].size(), 1u);
  const Json& series = trend["series"][0];
  EXPECT_EQ(series["positions"].size(), 8u);
  EXPECT_EQ(series["positions"][5]["label"], "1.10");
  ASSERT_EQ(series["changes"].size(), 1u);
  EXPECT_EQ(series["changes"][0]["after"], "1.9");
  EXPECT_LE(series["changes"][0]["ci_low"].get<double>(), 100 * (1.07 / 1.01 - 1));
  EXPECT_GE(series["changes"][0]["ci_high"].get<double>(), 100 * (1.07 / 1.01 - 1));
  const Ran kernel = history({"trend", "--tool", "packet-count", "--by", "kernel"});
  EXPECT_EQ(kernel.code, 0);
  EXPECT_THAT(kernel.out, HasSubstr("6.18.0-1-amd64"));
}

TEST_F(HistoryCommand, TellsWhichNamesThereAre) {
  ASSERT_EQ(history({"add", write_run(1, 1)}).code, 0);
  EXPECT_THAT(history({"trend", "--tool", "packet-cuont", "--by", "time"}).err,
              HasSubstr("did you mean packet-count?"));
  EXPECT_THAT(history({"trend", "--tool", "packet-count", "--metric", "x", "--by", "time"}).err,
              HasSubstr("it has tcp_rr latency_mean_us"));
  const Ran versions = history({"trend", "--tool", "packet-count"});
  EXPECT_EQ(versions.code, 2);
  EXPECT_THAT(versions.err, HasSubstr("no run of this tool has a version"));
  EXPECT_EQ(history({"trend", "--tool", "packet-count", "--by", "colour"}).code, 2);
}

TEST_F(HistoryCommand, StoresNothingWhenSomethingIsWrong) {
  const std::string dir = write_run(1, 1);
  EXPECT_EQ(history({"add", dir, folder_ / "nothing"}).code, 2);
  EXPECT_THAT(history({"add", dir, "--tool-version", "packet=1"}).err, HasSubstr("no tool of these runs"));
  EXPECT_EQ(history({"add", dir, "--tool-version", "1", "--tool-version", "2"}).code, 2);
  EXPECT_FALSE(path_exists(db_));
  EXPECT_THAT(history({"list"}).err, HasSubstr("there is no history catalogue"));
  EXPECT_EQ(history({"remove", "1"}).code, 2);
  EXPECT_FALSE(path_exists(db_));
}

TEST_F(HistoryCommand, UsesTheUsersDataFolder) {
  const std::string dir = write_run(1, 1);
  ASSERT_EQ(::setenv("XDG_DATA_HOME", (folder_ / "data").c_str(), 1), 0);
  EXPECT_EQ(run_bpftax({"history", "add", dir}).code, 0);
  EXPECT_TRUE(path_exists(folder_ / "data/bpftax/history.sqlite"));
  ::unsetenv("XDG_DATA_HOME");
}

}  // namespace
}  // namespace bpftax
