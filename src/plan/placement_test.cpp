#include "plan/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Placed {
  std::vector<int> server, client;
};

Placed place(const std::string& workload, bool request_response, std::vector<int> cpus,
             const std::string& policy = "auto") {
  Plan plan;
  plan.workloads = {{workload, policy, {}, {}}};
  const auto notes = resolve_placement(plan, {request_response}, std::move(cpus));
  EXPECT_TRUE(notes) << to_string(notes.error());
  return {plan.workloads[0].server_cpus, plan.workloads[0].client_cpus};
}

TEST(Placement, PutsRequestResponseOnOneCpuThatIsNotTheLowest) {
  const Placed two = place("tcp_rr", true, {0, 1});
  EXPECT_THAT(two.server, ElementsAre(1));
  EXPECT_THAT(two.client, ElementsAre(1));
  EXPECT_THAT(place("udp_rr", true, {0, 1, 2, 3}).server, ElementsAre(1));
}

TEST(Placement, PutsStreamsOnTwoCpus) {
  const Placed two = place("tcp_stream", false, {0, 1});
  EXPECT_THAT(two.server, ElementsAre(0));
  EXPECT_THAT(two.client, ElementsAre(1));
  const Placed many = place("tcp_stream", false, {3, 2, 1, 0});
  EXPECT_THAT(many.server, ElementsAre(1));
  EXPECT_THAT(many.client, ElementsAre(2));
}

TEST(Placement, GivesParallelSendersMoreCpusWhereThereAreSome) {
  const Placed eight = place("udp_pps_4", false, {0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_THAT(eight.server, ElementsAre(1, 2, 3));
  EXPECT_THAT(eight.client, ElementsAre(4, 5, 6));
  const Placed three = place("udp_pps_4", false, {0, 1, 2});
  EXPECT_THAT(three.server, ElementsAre(1));
  EXPECT_THAT(three.client, ElementsAre(2));
}

TEST(Placement, ObeysThePolicy) {
  EXPECT_THAT(place("tcp_rr", true, {0, 1}, "cross-cpu").server, ElementsAre(0));
  EXPECT_THAT(place("tcp_stream", false, {0, 1}, "same-cpu").server, ElementsAre(1));
}

TEST(Placement, SaysWhatOneCpuCannotDo) {
  Plan plan;
  plan.workloads = {{"tcp_stream", "auto", {}, {}}, {"tcp_rr", "auto", {}, {}}};
  const auto notes = resolve_placement(plan, {false, true}, {5});
  ASSERT_TRUE(notes);
  ASSERT_EQ(notes->size(), 1u);
  EXPECT_EQ(notes->front().workload, "tcp_stream");
  EXPECT_THAT(plan.workloads[0].client_cpus, ElementsAre(5));
  EXPECT_EQ(resolved_policy(plan.workloads[0]), "same-cpu");
}

TEST(Placement, LeavesSubjectsUnpinnedAndRefusesCpusThatAreNotThere) {
  Plan plan;
  plan.workloads = {{"tcp_rr", "auto", {}, {}}};
  ASSERT_TRUE(resolve_placement(plan, {true}, {0, 1}));
  EXPECT_THAT(plan.subject_cpus, IsEmpty());
  plan.subject_cpus = {7};
  const auto refused = resolve_placement(plan, {true}, {0, 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
  plan.subject_cpus = {};
  plan.workloads[0].placement = "anywhere";
  EXPECT_FALSE(resolve_placement(plan, {true}, {0, 1}));
}

TEST(ParallelSenders, AreTheNumberAtTheEndOfTheName) {
  EXPECT_EQ(parallel_senders("tcp_stream_4"), 4);
  EXPECT_EQ(parallel_senders("tcp_stream"), 1);
  EXPECT_EQ(parallel_senders("udp_pps_0"), 1);
  EXPECT_EQ(parallel_senders("x"), 1);
}

}  // namespace
}  // namespace bpftax
