// The origin framework's own trees, as it fetched them.
#include "validate/tree_testing.h"

namespace bpftax {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OriginTree : public TreeFixture {
 protected:
  static Findings validate_data(const std::string& path) {
    const auto tree = ResultTree::scan(test_data(path));
    EXPECT_TRUE(tree.has_value());
    return run_checks(*tree);
  }
};

TEST_F(OriginTree, an_iteration_whose_tools_ran_passes) {
  const Findings findings = validate_data("origin-results/iteration_002");
  EXPECT_THAT(said(findings, CheckLevel::kFail), IsEmpty());
  EXPECT_EQ(findings_exit_code(findings), 0);
  EXPECT_EQ(findings_json(findings, "x")["valid"], true);
}

TEST_F(OriginTree, tools_that_died_at_their_start_are_named_and_nothing_else_is) {
  const Findings findings = validate_data("origin-results/iteration_001");
  const auto failed = said(findings, CheckLevel::kFail);
  ASSERT_THAT(failed, SizeIs(2));
  EXPECT_THAT(failed,
              Each(AllOf(HasSubstr("tool: host-server/"), HasSubstr("ebpf_resource_monitor_"),
                         HasSubstr("the tool had died at its start, though the run reports the case as "
                                   "completed: its monitor holds no sample"))));
  for (const CheckFinding& finding : findings.all()) {
    if (finding.level == CheckLevel::kFail) {
      EXPECT_THAT(finding.why, HasSubstr("exited during compilation")) << "the start log's own words";
    }
  }
  EXPECT_EQ(findings_exit_code(findings), 3);
}

TEST_F(OriginTree, both_iterations_at_once_are_kept_apart) {
  const auto failed = said(validate_data("origin-results"), CheckLevel::kFail);
  EXPECT_THAT(failed, SizeIs(2));
  EXPECT_THAT(failed, Each(HasSubstr("iteration_001/host-server")));
}

TEST_F(OriginTree, a_bare_results_folder_of_one_host_can_be_validated) {
  EXPECT_THAT(said(validate_data("origin-results/iteration_002/host-client/performance-test-results"),
                   CheckLevel::kFail),
              IsEmpty());
}

TEST_F(OriginTree, windows_of_a_case_are_collected_from_both_hosts) {
  const auto tree = ResultTree::scan(test_data("origin-results/iteration_002"));
  ASSERT_TRUE(tree.has_value());
  EXPECT_THAT(tree->results(),
              ElementsAre("host-client/performance-test-results", "host-server/performance-test-results"));
  ASSERT_EQ(tree->cases().size(), 3u);
  const TreeCase& owner = tree->cases().at("ebpf/pktcount_case_1_tcp_rx_9d5e19/host");
  ASSERT_EQ(owner.windows.size(), 6u);
  const TreeWindow& window = owner.windows.at("pps/multi_4_20261120_184457");
  EXPECT_EQ(window.streams(), 4);
  EXPECT_EQ(window.client.size(), 8u);
  EXPECT_EQ(window.server.size(), 5u);
  EXPECT_FALSE(owner.ebpf_monitoring.empty());
}

TEST_F(OriginTree, a_folder_without_results_is_a_usage_error) {
  EXPECT_EQ(ResultTree::scan(folder_.path()).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(ResultTree::scan(folder_ / "nowhere").error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace bpftax
