#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "run/raw_results.h"
#include "run/raw_samples.h"
#include "run/warnings.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

TEST(RawNames, FollowTheTreeOfTheRawResults) {
  Plan plan;
  PlannedSubject tool;
  tool.id = "t1";
  tool.name = "bpftrace -e '../x'";
  plan.subjects = {tool};
  const RawNames names(plan);
  EXPECT_EQ(names.client_folder("", "tcp_rr", "20261120_185307"),
            "baseline/lab/client_results/latency/tcp_rr_20261120_185307");
  EXPECT_EQ(names.client_folder("t1", "udp_pps_4", "20261120_185307"),
            "ebpf/bpftrace_-e_____x__case_1_any_any_" + hash6("any_any") +
                "/lab/client_results/pps/multi_4_20261120_185307");
  EXPECT_EQ(names.server_folder("", "tcp_stream", "T"), "baseline/lab/server_results/throughput/single_T");
  EXPECT_THAT(names.output_file("t1", "T"), testing::EndsWith("/lab/ebpf_output_T.log"));
  EXPECT_EQ(hash6("tcp_rx"), "9d5e19");
}

TEST(RawNames, GiveNoTimeTwice) {
  Plan plan;
  RawNames names(plan);
  const int64_t now = 1'790'000'000'500'000'000;
  EXPECT_EQ(names.unique_time(now), "20260921_141320");
  EXPECT_EQ(names.unique_time(now), "20260921_141321");
  EXPECT_EQ(names.unique_time(now + 10'000'000'000), "20260921_141330");
}

TEST(RawSamples, NameTheirColumnsAndMarkTheUnknown) {
  SampleSeries series;
  Sample sample;
  sample.monotonic_ns = 5'000'000'001;
  CpuTimes cpu;
  cpu.cpu = 1;
  cpu.user_us = 17;
  sample.cpus = {cpu};
  sample.memory.total_kb = 1000;
  ProcessTree tree;
  tree.handle = 3;
  tree.rss_kb = 250;
  tree.vsz_kb = 400;
  sample.processes = {tree};
  series.samples = {sample};
  const auto files = host_sample_files(series, 1'790'000'000'000'000'000);
  EXPECT_EQ(files.count("disk_io"), 0u);
  EXPECT_THAT(files.at("cpu"), testing::StartsWith("# date time_utc(+00:00) monotonic_ns cpu user_us"));
  EXPECT_THAT(files.at("cpu"),
              HasSubstr("2026-09-21 14:13:25.000000001 5000000001 1 17 0 0 0 0 0 0 0 - -\n"));
  EXPECT_THAT(files.at("psi"), HasSubstr("- - - - - 0 0"));
  const auto tool = tool_sample_files(series, 3, 0);
  EXPECT_THAT(tool.at("tool_memory"), HasSubstr("400 250 25.000"));
  EXPECT_TRUE(tool_sample_files(series, 4, 0).empty());
}

TEST(RawSamples, AreThinnedToTheIntervalAndKeepTheirEnds) {
  SampleSeries series;
  for (const int64_t ms : {0, 100, 500, 990, 1100, 2005, 2300}) {
    Sample sample;
    sample.monotonic_ns = ms * 1'000'000;
    series.samples.push_back(sample);
  }
  std::vector<int64_t> kept;
  for (const Sample& sample : thinned(series, 1000).samples) kept.push_back(sample.monotonic_ns / 1'000'000);
  EXPECT_EQ(kept, (std::vector<int64_t>{0, 990, 2005, 2300}));
  EXPECT_EQ(thinned(series, 0).samples.size(), 7u);
}

TEST(RawNames, UseTheCaseOfACampaignAndNothingThatLeavesTheFolder) {
  Plan plan;
  plan.environment = "vm";
  PlannedSubject subject;
  subject.id = "s";
  subject.tool_id = "../eth_drop";
  subject.case_id = 45;
  subject.protocol = "tcp";
  subject.direction = "rx";
  subject.hash6 = "9d5e19";
  plan.subjects = {subject};
  EXPECT_EQ(RawNames(plan).folder("s"), "ebpf/___eth_drop_case_45_tcp_rx_9d5e19/vm");
  plan.subjects[0].hash6 = "../../x";
  plan.environment = "../vm";
  EXPECT_EQ(RawNames(plan).folder("s").find(".."), std::string::npos);
  EXPECT_EQ(RawNames(plan).timing_file("", "udp_pps_4", "T"),
            "baseline/___vm/client_results/pps/multi_4_T/pps_multi_4_timing.log");
}

TEST(Warnings, HaveAUniqueCodeAndAdviceEach) {
  std::set<std::string> names;
  for (const WarningCode code : all_warning_codes()) {
    const ResultWarning warning = make_warning(code, "x");
    EXPECT_TRUE(names.insert(warning.code).second) << warning.code;
    EXPECT_FALSE(warning.advice.empty());
    EXPECT_EQ(warning.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos);
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(WarningCode::kLoad) + 1) << "each code is in the table";
}

}  // namespace
}  // namespace bpftax
