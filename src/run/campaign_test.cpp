#include "run/campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "host/interrupt.h"
#include "result/manifest.h"
#include "run/testing_world.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const ResultSubject* subject_of(const RunResult& result, const std::string& environment, int case_id) {
  for (const ResultSubject& subject : result.subjects) {
    if (subject.environment == environment && subject.test_case && subject.test_case->id == case_id)
      return &subject;
  }
  return nullptr;
}

bool valid_block_of(const RunResult& result, const ResultWindow& window) {
  return window.purpose == "timed" && window.valid && !result.subjects.empty();
}

// Every planned window once: blocks x (cases + 2 baselines), one workload.
void expect_all_windows(const RunResult& result, const std::string& part, size_t cases) {
  std::map<int, size_t> per_block;
  for (const ResultWindow& window : result.windows) {
    if (window.part == part && valid_block_of(result, window)) ++per_block[window.block];
  }
  EXPECT_EQ(per_block.size(), 6u) << part;
  for (const auto& [block, windows] : per_block) EXPECT_EQ(windows, cases + 2) << part << " block " << block;
}

TEST(CampaignRun, MeasuresTwoEnvironmentsSideBySide) {
  CampaignConfig config = fake_config({"drop --a", "drop --b"}, true);
  config.cases[0].design_class = "details";
  FakeCampaign campaign(config);
  const CampaignOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  const RunResult& result = outcome.result;
  EXPECT_TRUE(result.complete);
  ASSERT_EQ(result.environments.size(), 2u);
  EXPECT_EQ(result.environments[0].name, "host");
  EXPECT_EQ(result.environments[1].name, "vm");
  EXPECT_EQ(result.environment, "host, vm");
  for (const ResultEnvironment& environment : result.environments) {
    ASSERT_EQ(environment.parts.size(), 1u);
    EXPECT_EQ(environment.parts[0].status, "measured") << environment.parts[0].reason;
    EXPECT_EQ(environment.parts[0].blocks_done, 6);
    expect_all_windows(result, environment.parts[0].id, 2);
    const Json& generated = environment.workloads["tcp_rr"];
    EXPECT_EQ(generated["window_s"], 2);
    EXPECT_EQ(generated["omit_s"], 0) << "of the workload, not of the configuration";
    EXPECT_FALSE(generated["generator"].get<std::string>().empty());
    EXPECT_TRUE(generated["version"].is_null()) << "nobody said which";
  }
  EXPECT_EQ(result.subjects[0].test_case->hash6, "9d5e19");
  EXPECT_EQ(result.subjects[0].design.klass, "details");
  EXPECT_EQ(result.subjects[0].design.source, "registry");
  EXPECT_EQ(result.subjects[1].design.klass, "unknown");
  ASSERT_EQ(result.subjects.size(), 4u);
  for (const ResultSubject& subject : result.subjects)
    EXPECT_EQ(subject.status, "measured") << subject.reason;
  EXPECT_EQ(result.comparisons.size(), 4u * 2u);
  EXPECT_EQ(result.comparisons[0].environment, "host");
  EXPECT_EQ(result.comparisons[0].case_id, 1);
  EXPECT_THAT(campaign.world->running(), IsEmpty());
  // What is on disk is what was returned.
  const auto json = parse_json(campaign.text("result.json"), "result.json");
  ASSERT_TRUE(json);
  const auto read = run_result_from_json(*json);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(result_document(*read), result_document(result));
  for (const WorkflowPart& part : campaign.workflow.parts) {
    for (const char* file : {"plan.json", "journal.jsonl", "result.json"})
      EXPECT_TRUE(path_exists(campaign.dir() + "/parts/" + part.id + "/" + file)) << part.id << " " << file;
  }
  std::set<std::string> environments;
  for (const ProgressEvent& event : campaign.progress.events) environments.insert(event.environment);
  EXPECT_THAT(environments, ElementsAre("host", "vm"));
}

TEST(CampaignRun, RunsToolsOfGuestsOnTheirPhysicalHost) {
  FakeCampaign campaign(fake_config({"drop --a"}, true));
  ASSERT_FALSE(campaign.run().error);
  const auto started = [&](const std::string& id) {
    std::set<std::string> names;
    for (const ProcessSpec& spec : campaign.world->machine(id).host->started())
      names.insert(std::string(split_blank(spec.name)[0]));
    return names;
  };
  EXPECT_THAT(started("vm-server"), ElementsAre("server"));
  EXPECT_THAT(started("vm-client"), ElementsAre("client"));
  EXPECT_THAT(started("vm-server-host"), ElementsAre("tool"));
  EXPECT_THAT(started("vm-client-host"), IsEmpty());
  EXPECT_THAT(started("host-server"), ElementsAre("server", "tool"));
}

TEST(CampaignRun, GoesOnWhenCasesFail) {
  const std::string hostile = "'; touch /tmp/x; '";
  FakeCampaign campaign(fake_config({"dies", "never attaches", hostile, "fine"}));
  campaign.world->script.start = [&](const std::string&, const ProcessSpec& spec, FakeProcess& process) {
    if (spec.shell == "dies") {
      process.runs_for_ns = 1'000 * kNsPerMs;
      process.exit.code = 1;
      process.err = "Segmentation fault\n";
    }
    if (spec.shell == "never attaches") process.programs.clear();
  };
  const CampaignOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  const ResultSubject* dies = subject_of(outcome.result, "host", 1);
  const ResultSubject* never = subject_of(outcome.result, "host", 2);
  ASSERT_TRUE(dies != nullptr && never != nullptr);
  EXPECT_NE(dies->status, "measured");
  EXPECT_THAT(dies->reason, HasSubstr("Segmentation fault"));
  EXPECT_EQ(never->status, "failed");
  EXPECT_THAT(never->reason, Not(IsEmpty()));
  for (const ResultComparison& row : outcome.result.comparisons) {
    if (row.case_id == 1 || row.case_id == 2) {
      EXPECT_EQ(row.verdict, Verdict::kInvalid);
    }
  }
  EXPECT_EQ(subject_of(outcome.result, "host", 3)->status, "measured");
  EXPECT_EQ(subject_of(outcome.result, "host", 4)->status, "measured");
  // The hostile name is a command for the host's shell, as it was written, and nothing else.
  const auto files = campaign.world->files("host-server");
  for (const std::string& file : files) EXPECT_EQ(file.find("touch"), std::string::npos) << file;
  for (const HookSeen& hook : campaign.world->hooks())
    EXPECT_EQ(hook.command.find("touch"), std::string::npos);
}

TEST(CampaignRun, MeasuresAnInterruptedArmAgainAfterALostConnection) {
  FakeCampaign campaign(fake_config({"drop --a"}));
  FakeClock& clock = static_cast<FakeClock&>(campaign.world->clock("host"));
  const int64_t lost_at = clock.monotonic_ns() + 21'300 * kNsPerMs;  // in mid-window
  campaign.world->script.connect = [&](const std::string& id, int connection, FakeHost& host) {
    if (id == "host-server" && connection == 1) host.lose_at_ns(lost_at);
    return true;
  };
  const CampaignOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  expect_all_windows(outcome.result, "host-01", 1);
  EXPECT_EQ(campaign.world->machine("host-server").connections, 2);
  EXPECT_EQ(campaign.world->machine("host-client").connections, 1);
  EXPECT_THAT(campaign.text("journal.jsonl"), HasSubstr("\"type\":\"reconnect\""));
  EXPECT_THAT(outcome.result.drops, IsEmpty()) << "it costs an arm, no block";
  EXPECT_THAT(campaign.world->running(), IsEmpty());
}

TEST(CampaignRun, DropsTheOpenBlockWhenAMachineWasRestarted) {
  FakeCampaign campaign(fake_config({"drop --a"}));
  FakeClock& clock = static_cast<FakeClock&>(campaign.world->clock("host"));
  const int64_t lost_at = clock.monotonic_ns() + 24'300 * kNsPerMs;
  campaign.world->script.connect = [&](const std::string& id, int connection, FakeHost& host) {
    if (id == "host-client" && connection == 1) host.lose_at_ns(lost_at);
    if (id == "host-client" && connection == 2) {
      campaign.world->machine(id).boot_id = "11111111-1111-4111-8111-111111111111";
      host.set_boot_id(campaign.world->machine(id).boot_id);
    }
    return true;
  };
  const CampaignOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  expect_all_windows(outcome.result, "host-01", 1);
  const bool dropped =
      std::any_of(outcome.result.windows.begin(), outcome.result.windows.end(),
                  [](const ResultWindow& w) { return w.reason.find("restarted") != std::string::npos; });
  EXPECT_TRUE(dropped);
  EXPECT_THAT(campaign.text("journal.jsonl"), HasSubstr("\"rebooted\":true"));
}

TEST(CampaignRun, LeavesAMachineThatIsGoneAndFinishesTheOthers) {
  FakeCampaign campaign(fake_config({"drop --a"}, true));
  bool gone = true;
  campaign.world->script.connect = [&](const std::string& id, int, FakeHost&) {
    return !(gone && id == "vm-client");
  };
  const CampaignOutcome first = campaign.run();
  ASSERT_TRUE(first.error);
  EXPECT_EQ(first.error->kind, ErrorKind::kLost);
  EXPECT_TRUE(first.resumable);
  EXPECT_FALSE(first.result.complete);
  EXPECT_EQ(subject_of(first.result, "host", 1)->status, "measured");
  EXPECT_EQ(subject_of(first.result, "vm", 2)->status, "invalid");
  EXPECT_THAT(subject_of(first.result, "vm", 2)->reason, HasSubstr("no route"));
  EXPECT_THAT(campaign.world->running(), IsEmpty());

  gone = false;
  const int connections = campaign.world->machine("host-server").connections;
  const CampaignOutcome second = campaign.run(true);
  ASSERT_FALSE(second.error) << to_string(*second.error);
  EXPECT_EQ(subject_of(second.result, "vm", 2)->status, "measured");
  EXPECT_EQ(subject_of(second.result, "host", 1)->status, "measured");
  EXPECT_EQ(campaign.world->machine("host-server").connections, connections) << "nothing is left to do there";
}

TEST(CampaignRun, FailsOnePartOnAFullDisk) {
  CampaignConfig config = fake_config({"drop --a", "drop --b"});
  config.measurement.cases_per_block = 1;  // two parts
  FakeCampaign campaign(config);
  int writes = 0;
  campaign.world->script.connect = [&](const std::string& id, int, FakeHost& host) {
    if (id == "host-client")
      host.fail_next(
          "write_file",
          fail_errno(ENOSPC, "cannot write", "/work/host-client/performance-test-results/x").value());
    ++writes;
    return true;
  };
  const CampaignOutcome outcome = campaign.run();
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, ErrorKind::kEnvironment);
  EXPECT_THAT(outcome.error->why, HasSubstr("No space left on device"));
  EXPECT_TRUE(outcome.resumable);
  EXPECT_NE(subject_of(outcome.result, "host", 1)->status, "measured");
  EXPECT_EQ(subject_of(outcome.result, "host", 2)->status, "measured") << "the other part goes on";
  campaign.world->script.connect = nullptr;
  const CampaignOutcome again = campaign.run(true);
  ASSERT_FALSE(again.error) << to_string(*again.error);
  EXPECT_EQ(subject_of(again.result, "host", 1)->status, "measured");
}

TEST(CampaignRun, GivesAPartUpWhoseMachineIsLostEachTime) {
  CampaignConfig config = fake_config({"kills the machine", "fine"});
  config.measurement.cases_per_block = 1;
  FakeCampaign campaign(config);
  campaign.world->script.start = [&](const std::string& id, const ProcessSpec& spec, FakeProcess&) {
    if (spec.shell == "kills the machine") campaign.world->machine(id).host->lose_at_call(1);
  };
  const CampaignOutcome outcome = campaign.run();
  ASSERT_TRUE(outcome.error);
  EXPECT_THAT(outcome.error->why, HasSubstr("the connection was lost 3 times"));
  EXPECT_EQ(subject_of(outcome.result, "host", 2)->status, "measured");
  EXPECT_THAT(campaign.world->running(), IsEmpty());
}

TEST(CampaignRun, RefusesAnotherWorkflowAndASecondStart) {
  FakeCampaign campaign(fake_config({"drop --a"}));
  ASSERT_FALSE(campaign.run().error);
  const CampaignOutcome again = campaign.run(false);
  ASSERT_TRUE(again.error);
  EXPECT_EQ(again.error->kind, ErrorKind::kUsage);
  EXPECT_FALSE(again.resumable);
  std::string plan = campaign.text("plan.json");
  const size_t at = plan.find("drop --a");
  ASSERT_NE(at, std::string::npos);
  for (size_t i = at; i != std::string::npos; i = plan.find("drop --a", i)) plan.replace(i, 8, "drop --z");
  ASSERT_TRUE(write_file_atomically(campaign.dir() + "/plan.json", plan));
  const CampaignOutcome other = campaign.run(true);
  ASSERT_TRUE(other.error);
  EXPECT_EQ(other.error->kind, ErrorKind::kUsage);
}

// ---- resume ----

TEST(CampaignResume, CompletesACampaignThatTheUserInterruptedAtAnyCall) {
  CampaignConfig config = fake_config({"drop --a", "drop --b"});
  config.measurement.cases_per_block = 1;
  int calls = 0;
  {
    FakeCampaign untouched(config);
    ASSERT_FALSE(untouched.run().error);
    calls = untouched.world->machine("host-client").host->call_count();
  }
  ASSERT_GT(calls, 200);
  int broken = 0;
  for (int call = 1; call <= calls; call += 37) {
    SCOPED_TRACE(testing::Message() << "at call " << call << " of " << calls);
    FakeCampaign campaign(config);
    campaign.world->script.connect = [&](const std::string& id, int connection, FakeHost& host) {
      if (id == "host-client" && connection == 1) host.interrupt_at_call(call);
      return true;
    };
    const CampaignOutcome first = campaign.run();
    EXPECT_THAT(campaign.world->running(), IsEmpty());
    if (!first.error) continue;
    ++broken;
    EXPECT_EQ(first.error->kind, ErrorKind::kInterrupted) << to_string(*first.error);
    EXPECT_TRUE(first.resumable);
    const CampaignOutcome second = campaign.run(true);
    ASSERT_FALSE(second.error) << to_string(*second.error);
    EXPECT_TRUE(second.result.complete);
    expect_all_windows(second.result, "host-01", 1);
    expect_all_windows(second.result, "host-02", 1);
  }
  EXPECT_GT(broken, 10);
}

TEST(CampaignResume, GoesOnFromAnyRecordOfTheJournal) {
  CampaignConfig config = fake_config({"drop --a", "drop --b"});
  config.measurement.cases_per_block = 1;
  FakeCampaign campaign(config);
  ASSERT_FALSE(campaign.run().error);
  const std::string journal = campaign.text("journal.jsonl");
  for (size_t end = 0; end <= journal.size(); ++end) {
    const bool record = end == 0 || journal[end - 1] == '\n';
    const bool middle = end > 5 && end % 97 == 0;
    if (!record && !middle) continue;
    SCOPED_TRACE(testing::Message() << "journal cut to " << end << " bytes");
    ASSERT_TRUE(write_file_atomically(campaign.dir() + "/journal.jsonl", journal.substr(0, end)));
    const CampaignOutcome outcome = campaign.run(true);
    ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
    expect_all_windows(outcome.result, "host-01", 1);
    expect_all_windows(outcome.result, "host-02", 1);
    ASSERT_EQ(outcome.result.subjects.size(), 2u);
  }
}

TEST(CampaignResume, RefusesABrokenJournal) {
  FakeCampaign campaign(fake_config({"drop --a"}));
  ASSERT_FALSE(campaign.run().error);
  std::string journal = campaign.text("journal.jsonl");
  journal[1] = '!';
  ASSERT_TRUE(write_file_atomically(campaign.dir() + "/journal.jsonl", journal));
  const CampaignOutcome outcome = campaign.run(true);
  ASSERT_TRUE(outcome.error);
  EXPECT_THAT(outcome.error->where, HasSubstr("journal.jsonl:1"));
}

}  // namespace
}  // namespace bpftax
