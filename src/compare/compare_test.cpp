#include "compare/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/testing.h"

namespace bpftax {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

// B: as A, with another kernel and a higher overhead, changed by `change`.
template <class Change>
Result<Comparison> compared_after(Change change, const CompareOptions& options = {}) {
  RunResult b = one_row_result(9, 7, 11);
  b.environments[0].server_facts["kernel_release"] = "6.12.0";
  change(b);
  return compare_sources({labelled(one_row_result(3, 1, 4.5), "A"), labelled(b, "B")}, options);
}

TEST(Compare, SetsTheSameCaseSideBySide) {
  const auto found = compared_after([](RunResult&) {});
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_EQ(found->rows.size(), 1u);
  const ComparedRow& row = found->rows[0];
  ASSERT_EQ(row.cells.size(), 2u);
  EXPECT_FALSE(row.cells[0].ratio) << "the first is the reference";
  ASSERT_TRUE(row.cells[1].ratio);
  EXPECT_NEAR(*row.cells[1].ratio->ratio, 1.09 / 1.03, 1e-12);
  EXPECT_EQ(row.cells[1].ratio->finding, "costs more");
  EXPECT_TRUE(found->refusals.empty());
  ASSERT_EQ(found->facts.size(), 1u);
  EXPECT_EQ(found->facts[0].fact, "kernel_release");
  EXPECT_EQ(found->facts[0].hosts, "lab: server");
  ASSERT_EQ(found->baselines.size(), 1u);
  EXPECT_DOUBLE_EQ(found->baselines[0].values[1]->high, 12.5);
}

// Each way of measuring otherwise is refused by name, and as the only row there is ends the comparison.
struct Otherwise {
  const char* name;
  void (*change)(RunResult&);
  const char* reason;
};
class RefusedRow : public testing::TestWithParam<Otherwise> {};

TEST_P(RefusedRow, NamesTheDifference) {
  const auto found = compared_after(GetParam().change);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kUsage) << "exit code 2";
  EXPECT_EQ(exit_code(found.error().kind), 2);
  EXPECT_THAT(found.error().why, HasSubstr(GetParam().reason));
  EXPECT_THAT(found.error().why, HasSubstr("count tcp_rr latency_mean_us"));
}

nlohmann::json& generation(RunResult& result) {
  return result.environments[0].workloads["tcp_rr"];
}

INSTANTIATE_TEST_SUITE_P(
    Compare, RefusedRow,
    testing::Values(
        Otherwise{"window", [](RunResult& r) { generation(r)["window_s"] = 2; },
                  "window 2 s here, 5 s there"},
        Otherwise{"omit", [](RunResult& r) { generation(r)["omit_s"] = 0; }, "left out before it 0 s here"},
        Otherwise{"generator", [](RunResult& r) { generation(r)["generator"] = "sockperf"; },
                  "traffic tool sockperf here, netperf there"},
        Otherwise{"version", [](RunResult& r) { generation(r)["version"] = "Netperf version 3.0"; },
                  "version of the traffic tool 3 here, 2 there"},
        Otherwise{"bandwidth", [](RunResult& r) { generation(r)["target_bandwidth"] = "1G"; },
                  "bandwidth 1G here, unlimited there"},
        Otherwise{"placement",
                  [](RunResult& r) { r.environments[0].placement["tcp_rr"]["policy"] = "cross-cpu"; },
                  "placement cross-cpu, tool apart here, same-cpu, tool apart there"},
        Otherwise{"invalid", [](RunResult& r) { r.comparisons[0].verdict = Verdict::kInvalid; }, "INVALID"},
        Otherwise{"saturated", [](RunResult& r) { r.comparisons[0].verdict = Verdict::kSaturated; },
                  "ceiling"},
        Otherwise{"ambiguous", [](RunResult& r) { r.comparisons.push_back(r.comparisons[0]); },
                  "2 cases have the same tool"}),
    [](const auto& test) { return test.param.name; });

TEST(Compare, ARefusedRowLeavesTheOthers) {
  const auto two_workloads = [](RunResult& result) {
    ResultComparison row = result.comparisons[0];
    row.workload = "udp_rr";
    result.comparisons.push_back(row);
    result.environments[0].placement["udp_rr"] = result.environments[0].placement["tcp_rr"];
    result.environments[0].workloads["udp_rr"] = generation(result);
  };
  RunResult a = one_row_result(3, 1, 4.5), b = one_row_result(9, 7, 11);
  two_workloads(a);
  two_workloads(b);
  generation(b)["window_s"] = 2;
  const auto found = compare_sources({labelled(a, "A"), labelled(b, "B")});
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_EQ(found->rows.size(), 2u);
  EXPECT_EQ(found->rows[0].cells[1].refused, "not measured as in A: window 2 s here, 5 s there");
  EXPECT_FALSE(found->rows[0].cells[1].ratio);
  EXPECT_TRUE(found->rows[1].cells[1].ratio);
  ASSERT_EQ(found->refusals.size(), 1u);
  EXPECT_EQ(found->refusals[0].workload, "tcp_rr");
  EXPECT_EQ(found->refusals[0].source, "B");
}

TEST(Compare, WhatIsNotKnownIsSaidAndNotRefused) {
  const auto found = compared_after([](RunResult& r) { r.environments[0].workloads = nullptr; });
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_THAT(found->notes, Contains(HasSubstr("the traffic tool's version")));
}

TEST(Compare, OtherMarginsAreARemark) {
  const auto found = compared_after([](RunResult& r) { r.comparisons[0].margin_percent = 18.5; });
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->rows[0].cells[1].ratio);
  EXPECT_THAT(found->notes, Contains(HasSubstr("different margins: tcp_rr latency_mean_us")));
}

TEST(Compare, CasesOfOneSourceAreListed) {
  RunResult b = one_row_result(9, 7, 11);
  const RunResult other = one_row_result(1, 0.5, 2, "other");
  b.subjects.push_back(other.subjects[0]);
  b.subjects.back().id = "t2";
  b.comparisons.push_back(other.comparisons[0]);
  b.comparisons.back().subject = "t2";
  const auto found = compare_sources({labelled(one_row_result(3, 1, 4.5), "A"), labelled(b, "B")});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rows.size(), 1u);
  ASSERT_EQ(found->alone.size(), 1u);
  EXPECT_EQ(found->alone[0].test_case.tool, "other");
  EXPECT_EQ(found->alone[0].source, "B");
}

TEST(Compare, ParametersTellCasesApartOnlyWhereTheyMust) {
  const auto with_case = [](const std::string& hash6) {
    RunResult result = one_row_result(3, 1, 4.5);
    result.subjects[0].test_case = ResultCase{7, "vhost_count", "tcp", "rx", hash6};
    return result;
  };
  // One case on each side: its process ids differ, and nothing else can be meant.
  const auto single =
      compare_sources({labelled(with_case("aaaaaa"), "A"), labelled(with_case("bbbbbb"), "B")});
  ASSERT_TRUE(single) << to_string(single.error());
  EXPECT_THAT(single->notes, Contains(HasSubstr("not the same everywhere")));
  EXPECT_TRUE(compare_sources({labelled(with_case(""), "A"), labelled(with_case("bbbbbb"), "B")}));
  // Two on one side: which of them is meant, only the parameters say.
  RunResult two = with_case("aaaaaa");
  two.subjects.push_back(with_case("cccccc").subjects[0]);
  two.subjects.back().id = "t2";
  two.comparisons.push_back(two.comparisons[0]);
  two.comparisons.back().subject = "t2";
  two.comparisons.back().overhead_percent = 30;
  EXPECT_FALSE(compare_sources({labelled(two, "A"), labelled(with_case("bbbbbb"), "B")}));
  const auto exact = compare_sources({labelled(two, "A"), labelled(with_case("aaaaaa"), "B")});
  ASSERT_TRUE(exact);
  ASSERT_EQ(exact->rows.size(), 1u);
  EXPECT_DOUBLE_EQ(exact->rows[0].cells[0].value.overhead->high, 3);
}

TEST(Compare, NothingInCommonIsAnErrorThatSaysSo) {
  const auto found = compare_sources(
      {labelled(one_row_result(3, 1, 4.5, "one"), "A"), labelled(one_row_result(3, 1, 4.5, "two"), "B")});
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().why, HasSubstr("lab: one is only in A"));
  const auto filtered = compared_after([](RunResult&) {}, {.tools = {"absent"}});
  ASSERT_FALSE(filtered);
  EXPECT_THAT(filtered.error().why, HasSubstr("no row has these tools"));
}

TEST(Compare, SecondaryMetricsOnlyWhenAsked) {
  const auto secondary = [](RunResult& result) {
    ResultComparison row = result.comparisons[0];
    row.metric = "latency_p99_us";
    row.primary = false;
    result.comparisons.push_back(row);
  };
  RunResult a = one_row_result(3, 1, 4.5), b = one_row_result(9, 7, 11);
  secondary(a);
  secondary(b);
  const auto rows = [&](const CompareOptions& options) {
    const auto found = compare_sources({labelled(a, "A"), labelled(b, "B")}, options);
    return found ? found->rows.size() : 0;
  };
  EXPECT_EQ(rows({}), 1u);
  EXPECT_EQ(rows({.secondary = true}), 2u);
  EXPECT_EQ(rows({.metrics = {"latency_p99_us"}}), 1u);
}

TEST(Compare, AToolThatCouldNotBeMeasuredSomewhereIsNamed) {
  RunResult a = one_row_result(3, 1, 4.5), b = one_row_result(9, 7, 11);
  for (RunResult* result : {&a, &b}) {
    ResultSubject other = result->subjects[0];
    other.id = "t2";
    other.name = "fragile";
    result->subjects.push_back(other);
  }
  b.subjects[1].status = "failed";
  b.subjects[1].reason = "no eBPF program appeared";
  const auto found = compare_sources({labelled(a, "A"), labelled(b, "B")});
  ASSERT_TRUE(found);
  EXPECT_THAT(found->refusals, Contains(Field(&Refusal::reason, "not measured: no eBPF program appeared")));
}

TEST(Compare, AThirdSourceIsComparedWithTheFirst) {
  const auto found = compare_sources({labelled(one_row_result(3, 1, 4.5), "A"),
                                      labelled(one_row_result(1, 0, 2, "else"), "B"),
                                      labelled(one_row_result(9, 7, 11), "C")});
  ASSERT_TRUE(found);
  ASSERT_EQ(found->rows.size(), 1u);
  EXPECT_FALSE(found->rows[0].cells[1].present);
  EXPECT_TRUE(found->rows[0].cells[2].ratio);
}

TEST(Compare, ClassesAreSummedUpFromLeastToMost) {
  RunResult a = one_row_result(3, 1, 4.5), b = one_row_result(9, 7, 11);
  for (RunResult* result : {&a, &b}) {
    result->subjects[0].design = {"summary", "registry", ""};
    ResultSubject other = result->subjects[0];
    other.id = "t2";
    other.name = "other";
    result->subjects.push_back(other);
    ResultComparison row = result->comparisons[0];
    row.subject = "t2";
    row.overhead_percent = *row.overhead_percent + 1;
    result->comparisons.push_back(row);
  }
  const auto found = compare_sources({labelled(a, "A"), labelled(b, "B")});
  ASSERT_TRUE(found);
  ASSERT_EQ(found->classes.size(), 2u);  // latency and CPU
  EXPECT_EQ(found->classes[0].design, "summary");
  EXPECT_DOUBLE_EQ(*found->classes[0].values[1]->low, 9);
  EXPECT_DOUBLE_EQ(found->classes[0].values[1]->high, 10);
  EXPECT_EQ(found->classes[0].tools[1], 2);
}

}  // namespace
}  // namespace bpftax
