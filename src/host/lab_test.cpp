// Lab, kept labs and clean() on a fake machine: an `ip` that makes and removes files in a folder.
#include "host/lab.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <set>

#include "host/clean.h"
#include "host/fake_host.h"
#include "host/interrupt.h"
#include "host/kept_lab.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class LabTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/bpftax-lab-test-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    folder_ = folder;
    options_.state_dir = folder_ + "/state";
    options_.netns_dir = folder_ + "/netns";
    ASSERT_TRUE(make_directories(options_.netns_dir));
    host_.on_run([this](const ProcessSpec& spec) { return run(spec); });
  }
  void TearDown() override {
    reset_interrupts();
    ASSERT_TRUE(remove_tree(folder_));
  }

  // The fake `ip`.
  Host::Finished run(const ProcessSpec& spec) {
    Host::Finished finished;
    if (!spec.shell.empty()) {
      commands_.push_back(spec.netns + ": sh");
      return finished;
    }
    const std::string command = shell_join({spec.argv.begin() + 1, spec.argv.end()});
    commands_.push_back(spec.netns.empty() ? command : spec.netns + ": " + command);
    for (const auto& [part, words] : failures_) {
      if (command.find(part) == std::string::npos) continue;
      finished.status.code = 2;
      finished.err = words;
      return finished;
    }
    const std::string name = spec.argv.back();
    if (command.starts_with("netns add")) {
      finished.status.code = path_exists(netns(name)) ? 1 : 0;
      EXPECT_TRUE(write_file_atomically(netns(name), ""));
      EXPECT_TRUE(host_.owned().contains({"netns", name})) << "owned before it is made";
    } else if (command.starts_with("netns del")) {
      finished.status.code = ::unlink(netns(name).c_str()) == 0 ? 0 : 1;
    } else if (command.starts_with("-json link show")) {
      const bool up = --not_up_for_ < 0;
      finished.out = up ? R"([{"operstate":"UP"}])" : R"([{"operstate":"LOWERLAYERDOWN"}])";
    } else if (command.starts_with("-json -4 addr")) {
      finished.out =
          spec.netns.empty() ? R"([{"addr_info":[{"local":"192.0.2.2","prefixlen":24}]}])" : other_lab_;
    } else if (command.starts_with("netns list")) {
      finished.out = netns_list_;
    }
    return finished;
  }
  std::string netns(const std::string& name) const { return options_.netns_dir + "/" + name; }
  bool nothing_left() const {
    return !path_exists(netns("bpftax-r1-s")) && !path_exists(netns("bpftax-r1-c")) && host_.owned().empty();
  }

  std::string folder_;
  LabOptions options_;
  FakeClock clock_;
  FakeHost host_{clock_};
  std::vector<std::string> commands_;
  std::vector<std::pair<std::string, std::string>> failures_;  // part of the command -> stderr
  std::string netns_list_, other_lab_;
  int not_up_for_ = 0;
};

TEST_F(LabTest, two_namespaces_and_a_pair_are_made_and_removed) {
  auto lab = Lab::up(host_, "r1", options_);
  ASSERT_TRUE(lab) << to_string(lab.error());
  const LabInfo& info = (*lab)->info();
  EXPECT_EQ(info.server.netns, "bpftax-r1-s");
  EXPECT_EQ(info.client.interface, "btr1c");
  EXPECT_NE(info.server.address, info.client.address);
  EXPECT_THAT(host_.owned(),
              UnorderedElementsAre(std::pair<std::string, std::string>("netns", "bpftax-r1-s"),
                                   std::pair<std::string, std::string>("netns", "bpftax-r1-c")));
  EXPECT_THAT(commands_,
              Contains("bpftax-r1-s: link add name btr1s type veth peer name btr1c netns bpftax-r1-c"));
  EXPECT_THAT(commands_, Contains("bpftax-r1-c: addr add " + info.client.address + "/30 dev btr1c"));
  EXPECT_THAT(info.offloads_unavailable, Not(IsEmpty())) << "there is no real interface to ask";
  ASSERT_TRUE((*lab)->close());
  EXPECT_TRUE(nothing_left());
  EXPECT_TRUE((*lab)->close()) << "closing twice is fine";
}

TEST_F(LabTest, the_destructor_removes_it_too) {
  { ASSERT_TRUE(Lab::up(host_, "r1", options_)); }
  EXPECT_TRUE(nothing_left());
}

TEST_F(LabTest, it_waits_until_the_interfaces_are_operational) {
  not_up_for_ = 3;
  ASSERT_TRUE(Lab::up(host_, "r1", options_));
  EXPECT_EQ(
      std::count_if(commands_.begin(), commands_.end(),
                    [](const std::string& command) { return command.find("link show") != command.npos; }),
      5);
}

TEST_F(LabTest, whatever_step_fails_nothing_is_left_and_the_error_says_how_to_go_on) {
  const std::vector<std::array<std::string, 3>> cases = {
      {"netns add", "mkdir /run/netns failed: Permission denied", "root"},
      {"link add", "RTNETLINK answers: Operation not supported", "veth"},
      {"link set dev lo up", "RTNETLINK answers: Operation not permitted", "root"},
      {"addr add", "RTNETLINK answers: File exists", "bpftax clean"},
      {"netns list", "oops", ""},
      {"route show", "oops", ""}};
  for (const auto& [command, words, hint] : cases) {
    failures_ = {{command, words}};
    const auto lab = Lab::up(host_, "r1", options_);
    ASSERT_FALSE(lab) << command;
    EXPECT_EQ(lab.error().kind, ErrorKind::kEnvironment);
    EXPECT_THAT(lab.error().why, HasSubstr(words));
    EXPECT_THAT(lab.error().hint, HasSubstr(hint));
    EXPECT_TRUE(nothing_left()) << command;
  }
}

TEST_F(LabTest, an_interrupt_while_it_is_made_leaves_nothing) {
  int call = 1;
  for (; call < 100; ++call) {
    host_.interrupt_at_call(host_.call_count() + call);
    const int calls_before = host_.call_count();
    auto lab = Lab::up(host_, "r1", options_);
    const bool came_in_time = host_.call_count() >= calls_before + call && interrupted();
    if (lab && !came_in_time) break;
    ASSERT_FALSE(lab);
    EXPECT_EQ(lab.error().kind, ErrorKind::kInterrupted);
    EXPECT_TRUE(nothing_left()) << "interrupted in call " << call;
    reset_interrupts();
  }
  EXPECT_GT(call, 15) << "every step was tried";
}

TEST_F(LabTest, an_interrupt_does_not_stop_the_removal) {
  auto lab = Lab::up(host_, "r1", options_);
  ASSERT_TRUE(lab);
  request_interrupt(SIGINT);
  EXPECT_TRUE((*lab)->close());
  EXPECT_TRUE(nothing_left());
}

TEST_F(LabTest, a_namespace_that_is_there_already_is_not_touched) {
  ASSERT_TRUE(write_file_atomically(netns("bpftax-r1-c"), ""));
  const auto lab = Lab::up(host_, "r1", options_);
  ASSERT_FALSE(lab);
  EXPECT_THAT(lab.error().why, HasSubstr("exists already"));
  EXPECT_TRUE(path_exists(netns("bpftax-r1-c")));
  EXPECT_THAT(commands_, IsEmpty());
}

TEST_F(LabTest, addresses_of_other_labs_are_avoided) {
  const auto alone = Lab::up(host_, "r1", options_);
  ASSERT_TRUE(alone);
  const std::string taken = (*alone)->info().server.address;
  ASSERT_TRUE((*alone)->close());
  netns_list_ = "stranger\nbpftax-other-s (id: 3)\n";
  other_lab_ = R"([{"addr_info":[{"local":")" + taken + R"(","prefixlen":30}]}])";
  const auto beside = Lab::up(host_, "r1", options_);
  ASSERT_TRUE(beside);
  EXPECT_NE((*beside)->info().server.address, taken);
  EXPECT_THAT(commands_, Contains("bpftax-other-s: -json -4 addr show"));
  EXPECT_THAT(commands_, Not(Contains("stranger: -json -4 addr show")));
}

TEST_F(LabTest, a_removal_that_fails_is_reported_and_can_be_tried_again) {
  auto lab = Lab::up(host_, "r1", options_);
  ASSERT_TRUE(lab);
  failures_ = {{"netns del bpftax-r1-s", "Device or resource busy"}};
  const auto closed = (*lab)->close();
  ASSERT_FALSE(closed);
  EXPECT_THAT(closed.error().why, HasSubstr("busy"));
  EXPECT_FALSE(path_exists(netns("bpftax-r1-c"))) << "the other one is removed all the same";
  EXPECT_TRUE(host_.owned().contains({"netns", "bpftax-r1-s"})) << "still in the agent's ledger";
  failures_.clear();
  EXPECT_TRUE((*lab)->close());
  EXPECT_TRUE(nothing_left());
}

TEST_F(LabTest, a_lab_whose_agent_is_lost_is_closed_when_the_ledger_has_removed_it) {
  auto lab = Lab::up(host_, "r1", options_);
  ASSERT_TRUE(lab);
  host_.lose_at_call(host_.call_count() + 1);
  EXPECT_FALSE((*lab)->close()) << "still there";
  ASSERT_TRUE(remove_tree(netns("bpftax-r1-s")));
  ASSERT_TRUE(remove_tree(netns("bpftax-r1-c")));
  EXPECT_TRUE((*lab)->close());
}

TEST_F(LabTest, run_ids_that_could_name_other_things_are_refused) {
  for (const char* id : {"", "../x", "a b", "a/b", ".hidden"})
    EXPECT_FALSE(Lab::up(host_, id, options_)) << id;
  EXPECT_THAT(commands_, IsEmpty());
}

// ---- labs that stay ----

TEST_F(LabTest, a_kept_lab_outlives_its_creator_and_goes_by_its_record) {
  const auto info = lab_up(host_, "r1", options_);
  ASSERT_TRUE(info) << to_string(info.error());
  EXPECT_THAT(host_.owned(), IsEmpty()) << "the agent must not remove it when it ends";
  EXPECT_TRUE(path_exists(netns("bpftax-r1-s")));
  const auto labs = list_labs(options_);
  ASSERT_TRUE(labs);
  ASSERT_EQ(labs->size(), 1u);
  EXPECT_TRUE(labs->front().present());
  EXPECT_EQ(labs->front().info.server.address, info->server.address);
  EXPECT_EQ(labs->front().info.server.netns_inode, info->server.netns_inode);

  const auto again = lab_up(host_, "r1", options_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::kUsage);

  EXPECT_TRUE(find_lab("", options_)) << "the only one needs no name";
  EXPECT_FALSE(find_lab("r2", options_));
  ASSERT_TRUE(lab_down(host_, "r1", options_));
  EXPECT_TRUE(nothing_left());
  EXPECT_THAT(*list_labs(options_), IsEmpty());
  EXPECT_FALSE(lab_down(host_, "r1", options_));
}

TEST_F(LabTest, down_leaves_a_namespace_alone_that_only_has_the_name) {
  ASSERT_TRUE(lab_up(host_, "r1", options_));
  // Somebody else's, by the same name: another inode.
  ASSERT_TRUE(write_file_atomically(netns("bpftax-r1-s"), "other"));
  ASSERT_TRUE(lab_down(host_, "r1", options_));
  EXPECT_TRUE(path_exists(netns("bpftax-r1-s")));
  EXPECT_FALSE(path_exists(netns("bpftax-r1-c")));
}

TEST_F(LabTest, clean_removes_records_of_labs_that_are_gone_and_no_others) {
  ASSERT_TRUE(lab_up(host_, "r1", options_));
  ASSERT_TRUE(lab_up(host_, "r2", options_));
  ASSERT_TRUE(remove_tree(netns("bpftax-r1-s")));
  ASSERT_TRUE(remove_tree(netns("bpftax-r1-c")));
  const auto report = clean(options_);
  ASSERT_TRUE(report);
  EXPECT_THAT(report->removed, ElementsAre("the record of the lab r1"));
  EXPECT_EQ(list_labs(options_)->size(), 1u);
}

TEST_F(LabTest, clean_without_any_state_does_nothing) {
  options_.state_dir = folder_ + "/nowhere";
  const auto report = clean(options_);
  ASSERT_TRUE(report);
  EXPECT_THAT(report->removed, IsEmpty());
  EXPECT_FALSE(path_exists(options_.state_dir));
}

TEST_F(LabTest, a_record_that_names_something_else_is_refused) {
  const auto info = lab_up(host_, "r1", options_);
  ASSERT_TRUE(info);
  Json json = to_json(*info);
  EXPECT_TRUE(lab_from_json(json));
  for (const char* name : {"default", "bpftax-other-s", "bpftax-r1/../../x"}) {
    Json bad = json;
    bad["server"]["netns"] = name;
    EXPECT_FALSE(lab_from_json(bad)) << name;
  }
  for (const char* key : {"schema", "run_id", "server", "prefix"}) {
    Json bad = json;
    bad.erase(key);
    EXPECT_FALSE(lab_from_json(bad)) << key;
  }
  ASSERT_TRUE(write_file_atomically(lab_record_path(options_, "r1"), "{"));
  EXPECT_FALSE(list_labs(options_));
  EXPECT_EQ(clean(options_)->problems.size(), 1u);
}

}  // namespace
}  // namespace bpftax
