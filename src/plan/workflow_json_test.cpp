#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "plan/workflow.h"
#include "plan/workflow_testing.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace testing_workflow;

Workflow example() {
  CampaignConfig config = make_config();
  config.measurement.max_blocks = 6;
  config.measurement.margins = {{"latency_p99_us", 12.5}};
  config.measurement.budget_s = 7200;
  return *make_workflow(config, make_options());
}

using Edit = std::function<void(Json&)>;

Result<Workflow> read_edited(const Edit& edit) {
  Json document = document_of(example());
  edit(document);
  return workflow_from_json(document, "workflow.json");
}

Error refused(const Edit& edit) {
  const auto workflow = read_edited(edit);
  EXPECT_FALSE(workflow);
  if (workflow) return {};
  EXPECT_EQ(workflow.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(workflow.error().where, StartsWith("workflow.json"));
  return workflow.error();
}

std::string refused_at(const Edit& edit) {
  const std::string where = refused(edit).where;
  const size_t colon = where.find(": ");
  return colon == std::string::npos ? where : where.substr(colon + 2);
}

Workflow accepted(const Edit& edit) {
  auto workflow = read_edited(edit);
  EXPECT_TRUE(workflow) << (workflow ? "" : to_string(workflow.error()));
  return workflow ? std::move(*workflow) : Workflow();
}

TEST(WorkflowDocument, SurvivesTheRoundTrip) {
  const Workflow before = example();
  const auto after = workflow_from_json(document_of(before), "workflow.json");
  ASSERT_TRUE(after) << to_string(after.error());
  EXPECT_TRUE(workflow_text(*after) == workflow_text(before)) << "the order of everything too";
  // A run that was begun with the one is resumed with the other.
  ASSERT_EQ(after->parts.size(), before.parts.size());
  for (size_t i = 0; i < before.parts.size(); ++i)
    EXPECT_EQ(Json(to_json(after->parts[i].plan)), Json(to_json(before.parts[i].plan)));
}

TEST(WorkflowDocument, CarriesTheDesignClassOfACase) {
  const auto in_case = [](const char* klass) {
    return [klass](Json& document) { document["test_sequence"][2]["ebpf_case"]["class"] = klass; };
  };
  const Workflow read = accepted(in_case("summary"));
  EXPECT_EQ(read.cycles[2].test_case.design_class, "summary");
  EXPECT_EQ(document_of(read)["test_sequence"][2]["ebpf_case"]["class"], "summary");
  ASSERT_FALSE(read.parts.empty());
  EXPECT_EQ(read.parts[0].plan.subjects[0].design_class, "summary") << "and so does what is measured";
  EXPECT_THAT(refused_at(in_case("sum")), HasSubstr("class"));
}

TEST(WorkflowDocument, HasThePromisedShape) {
  const Json document = document_of(example());
  EXPECT_EQ(document["schema"], "bpftax.workflow/1");
  EXPECT_EQ(document["metadata"]["total_test_cycles"], 9);
  EXPECT_EQ(document["metadata"]["environments"], Json({"host", "vm"}));
  EXPECT_EQ(document["metadata"]["seed"], 42);
  const Json& cycle = document["test_sequence"][2];
  EXPECT_EQ(cycle["cycle_id"], "metrics_case_1_tcp_rx_host");
  EXPECT_EQ(cycle["cycle_type"], "ebpf_test");
  EXPECT_EQ(cycle["part"], "host-01");
  EXPECT_EQ(cycle["ebpf_case"]["case_id"], 1);
  EXPECT_EQ(cycle["test_cycle"]["init_hook"]["ebpf_startup_command"], cycle["ebpf_case"]["command"]);
  EXPECT_EQ(cycle["test_cycle"]["init_hook"]["tasks"], Json({"drop caches"}));
  EXPECT_EQ(cycle["test_cycle"]["performance_tests"][2]["result_path"],
            "performance-test-results/ebpf/metrics_case_1_tcp_rx_9d5e19/host/client_results/pps/"
            "multi_4_{timestamp}");
  EXPECT_TRUE(document["test_sequence"][0]["ebpf_case"].is_null());
  EXPECT_EQ(document["parts"][0]["blocks"].size(), 7u);
  EXPECT_EQ(document["parts"][0]["blocks"][0]["order"][0], "metrics_case_1_tcp_rx_host");
}

TEST(WorkflowDocument, PutsEachBlockOnOneLine) {
  const std::string text = workflow_text(example());
  EXPECT_THAT(text, HasSubstr("\n        {\"block\": 0, \"order\": [\"metrics_case_1_tcp_rx_host\","));
  EXPECT_THAT(text, HasSubstr("\"host-server\": {\"address\": \"192.0.2.1\","));
}

TEST(WorkflowDocument, MakesAnewWhatWasDropped) {
  const Json whole = document_of(example());
  const auto read = [&](const Edit& edit) {
    return document_of(accepted([&](Json& d) {
      d = whole;
      edit(d);
    }));
  };
  EXPECT_TRUE(whole == read([](Json& d) {
                d.erase("parts");
                for (Json& cycle : d["test_sequence"]) {
                  for (const char* key : {"part", "result_path", "expected_duration_s"}) cycle.erase(key);
                  cycle["test_cycle"].erase("init_hook");
                  cycle["test_cycle"].erase("post_hook");
                  for (Json& test : cycle["test_cycle"]["performance_tests"])
                    for (const char* key : {"type", "conn", "result_path"}) test.erase(key);
                }
                d["test_sequence"][0]["test_cycle"].clear();
                for (const char* key : {"windows", "environments", "expected_duration_s"})
                  d["metadata"].erase(key);
              }));
  EXPECT_TRUE(whole == read([](Json& d) {
                for (Json& part : d["parts"]) {
                  part.erase("blocks");
                  part.erase("seed");
                }
              }));
}

TEST(WorkflowDocument, LetsPeopleDeleteACycle) {
  const auto without_case = [](Json& d) { d["test_sequence"].erase(3); };
  EXPECT_EQ(refused_at(without_case), "parts[0].cycles[1]");
  const Workflow anew = accepted([&](Json& d) {
    without_case(d);
    d.erase("parts");
  });
  EXPECT_EQ(anew.cycles.size(), 8u);
  EXPECT_EQ(anew.parts[0].plan.subjects.size(), 3u);
  const auto from_part = [&](Json& d) {
    without_case(d);
    d["parts"][0]["cycles"].erase(1);
  };
  EXPECT_THAT(refused(from_part).why, HasSubstr("is not in the part"));
  EXPECT_EQ(accepted([&](Json& d) {
              from_part(d);
              d["parts"][0].erase("blocks");
            })
                .parts[0]
                .plan.subjects.size(),
            3u);
}

TEST(WorkflowDocument, LetsPeopleChangeTheSeedOnly) {
  const auto swap_arms = [](Json& d) {
    std::swap(d["parts"][0]["blocks"][3]["order"][0], d["parts"][0]["blocks"][3]["order"][1]);
  };
  const Error error = refused(swap_arms);
  EXPECT_THAT(error.where, HasSubstr("parts[0].blocks[3].order"));
  EXPECT_THAT(error.why, HasSubstr("the order of block 3 is not what seed"));
  EXPECT_EQ(refused_at([](Json& d) { d["metadata"]["seed"] = 43; }), "parts[0].seed");
  EXPECT_EQ(refused_at([](Json& d) { d["parts"][1]["seed"] = 43; }), "parts[1].seed");
  const Workflow workflow = accepted([](Json& d) {
    d["metadata"]["seed"] = 43;
    for (Json& part : d["parts"]) part.erase("blocks"), part.erase("seed");
  });
  EXPECT_NE(workflow.parts[0].plan.seed, example().parts[0].plan.seed);
}

TEST(WorkflowDocument, LetsPeopleChangeDurationsCommandsHooksAndMargins) {
  const auto shorter = [](Json& cycle) { cycle["test_cycle"]["performance_tests"][0]["duration"] = 2.5; };
  EXPECT_EQ(refused_at([&](Json& d) { shorter(d["test_sequence"][2]); }), "parts[0].cycles[1]");
  EXPECT_EQ(refused_at([&](Json& d) { shorter(d["test_sequence"][0]); }),
            "test_sequence[0].test_cycle.performance_tests[0]");
  const Workflow workflow = accepted([&](Json& d) {
    for (Json& cycle : d["test_sequence"]) shorter(cycle);
    Json& cycle = d["test_sequence"][2];
    cycle["ebpf_case"]["command"] = "./other --tool";
    cycle["test_cycle"]["init_hook"]["ebpf_startup_command"] = "./other --tool";
    d["settings"]["margins"] = {{"throughput_gbps", 1}};
    d["hooks"]["case_init"][0]["command"] = "true";
  });
  EXPECT_EQ(workflow.parts[0].plan.workloads[0].window_s, 2.5);
  EXPECT_EQ(workflow.parts[0].plan.subjects[0].shell, "./other --tool");
  EXPECT_EQ(workflow.parts[0].plan.margins.at("throughput_gbps"), 1);
  EXPECT_EQ(workflow.hooks.at("case_init")[0].command, "true");
  EXPECT_LT(workflow.expected_s, example().expected_s);
  EXPECT_THAT(refused_at([](Json& d) { d["test_sequence"][2]["ebpf_case"]["command"] = "./other"; }),
              "test_sequence[2].test_cycle.init_hook.ebpf_startup_command");
}

TEST(WorkflowDocument, KeepsTheOrderOfParameters) {
  CampaignConfig config = make_config();
  config.cases = {make_case(1, "kvm", "host", "", "")};
  config.cases[0].parameters = {{"zeta", "007", true}, {"alpha", "1.5", true}, {"mid", "x", false}};
  const Workflow before = *make_workflow(config, make_options());
  const auto after = workflow_from_json(document_of(before), "w");
  ASSERT_TRUE(after) << to_string(after.error());
  EXPECT_EQ(after->cycles[1].test_case.parameter_text(), "any_any_007_1.5_x");
  EXPECT_EQ(after->parts[0].plan.subjects[0].hash6, before.parts[0].plan.subjects[0].hash6);
}

TEST(WorkflowDocument, NamesUnknownKeysAndTheNearest) {
  const auto hint = [](const Edit& edit) { return refused(edit).hint; };
  EXPECT_EQ(hint([](Json& d) { d["settingss"] = 1; }), "did you mean 'settings'?");
  EXPECT_EQ(hint([](Json& d) { d["metadata"]["sed"] = 1; }), "did you mean 'seed'?");
  EXPECT_EQ(hint([](Json& d) { d["settings"]["min_block"] = 1; }), "did you mean 'min_blocks'?");
  EXPECT_EQ(hint([](Json& d) { d["hooks"]["case_int"] = Json::array(); }), "did you mean 'case_init'?");
  EXPECT_EQ(hint([](Json& d) { d["hooks"]["case_init"][0]["cmd"] = "x"; }),
            "known are name, command, targets, "
            "condition, timeout, on_error");
  EXPECT_EQ(hint([](Json& d) { d["test_sequence"][2]["enviroment"] = "host"; }),
            "did you mean 'environment'?");
  EXPECT_EQ(hint([](Json& d) { d["test_sequence"][2]["environment"] = "hots"; }), "did you mean 'host'?");
  EXPECT_EQ(hint([](Json& d) { d["environments"]["vm"]["server"]["ssh_ref"] = "vm-serve"; }),
            "did you mean 'vm-server'?");
  EXPECT_EQ(hint([](Json& d) {
              d["test_sequence"][2]["test_cycle"]["performance_tests"][1]["workload"] = "tcp_r";
            }),
            "did you mean 'tcp_rr'?");
  EXPECT_EQ(hint([](Json& d) { d["hooks"]["case_init"][0]["command"] = "echo {workdi}"; }),
            "did you mean 'workdir'?");
  EXPECT_EQ(hint([](Json& d) { d["settings"]["margins"]["latency_p9_us"] = 1; }),
            "did you mean 'latency_p90_us'?");
}

TEST(WorkflowDocument, RefusesWhatDoesNotFitTogetherAtItsPlace) {
  const auto cycle = [](Json& d) -> Json& { return d["test_sequence"][2]; };
  EXPECT_EQ(refused_at([](Json& d) { d["schema"] = "bpftax.plan/1"; }), "schema");
  EXPECT_EQ(refused_at([](Json& d) { d = Json::array(); }), "workflow.json");
  EXPECT_EQ(refused_at([](Json& d) { d.erase("metadata"); }), "metadata");
  EXPECT_EQ(refused_at([](Json& d) { d["metadata"]["seed"] = -1; }), "metadata.seed");
  EXPECT_EQ(refused_at([](Json& d) { d["metadata"]["run_id"] = "../x"; }), "metadata.run_id");
  EXPECT_EQ(refused_at([](Json& d) { d["hosts"]["host-server"]["address"] = "-oProxyCommand=x"; }),
            "hosts.host-server");
  EXPECT_EQ(refused_at([](Json& d) { d["hosts"]["host-server"]["port"] = 0; }), "hosts.host-server.port");
  EXPECT_EQ(refused_at([](Json& d) { d["hosts"]["host-server"]["workdir"] = "lcc"; }), "hosts.host-server");
  EXPECT_EQ(refused_at([](Json& d) { d["settings"]["results_dir"] = "../x"; }), "settings.results_dir");
  EXPECT_EQ(refused_at([](Json& d) { d["settings"]["placement"] = "moon"; }), "settings.placement");
  EXPECT_EQ(refused_at([](Json& d) { d["settings"]["max_blocks"] = 2; }), "settings.min_blocks");
  EXPECT_EQ(refused_at([](Json& d) { d["settings"]["max_blocks"] = 12; }), "parts[0].blocks");
  EXPECT_EQ(refused_at([](Json& d) { d["test_sequence"] = Json::array(); }), "test_sequence");
  EXPECT_EQ(refused_at([](Json& d) { d["test_sequence"].erase(0); }), "test_sequence[1]");
  EXPECT_EQ(refused_at([](Json& d) { d["test_sequence"].erase(8); }), "test_sequence[1]");
  EXPECT_EQ(refused_at([&](Json& d) { cycle(d)["cycle_id"] = "A1"; }), "test_sequence[2].cycle_id");
  EXPECT_EQ(refused_at([&](Json& d) { cycle(d)["cycle_id"] = ".."; }), "test_sequence[2].cycle_id");
  EXPECT_EQ(refused_at([&](Json& d) { cycle(d)["cycle_id"] = "baseline_vm"; }), "test_sequence[2].cycle_id");
  EXPECT_EQ(refused_at([&](Json& d) { cycle(d)["part"] = "host-02"; }), "test_sequence[2].part");
  EXPECT_EQ(refused_at([&](Json& d) { cycle(d)["ebpf_case"]["command"] = " "; }),
            "test_sequence[2].ebpf_case.command");
  EXPECT_EQ(refused_at([&](Json& d) { cycle(d)["test_cycle"]["performance_tests"][0]["duration"] = "10"; }),
            "test_sequence[2].test_cycle.performance_tests[0].duration");
  EXPECT_EQ(refused_at([&](Json& d) { cycle(d)["test_cycle"]["performance_tests"][0]["conn"] = "multi_4"; }),
            "test_sequence[2].test_cycle.performance_tests[0].conn");
  EXPECT_EQ(refused_at([&](Json& d) { cycle(d)["test_cycle"]["init_hook"]["tasks"].clear(); }),
            "test_sequence[2].test_cycle.init_hook.tasks");
  EXPECT_EQ(refused_at([&](Json& d) { d["test_sequence"].push_back(cycle(d)); }),
            "test_sequence[9].cycle_id");
  EXPECT_EQ(refused_at([&](Json& d) {
              d["test_sequence"].push_back(cycle(d));
              d["test_sequence"][9]["cycle_id"] = "twin";
            }),
            "test_sequence[9]");
  EXPECT_EQ(refused_at([](Json& d) { d["parts"].erase(1); }), "test_sequence[6]");
  EXPECT_EQ(refused_at([](Json& d) { d["parts"][1]["id"] = d["parts"][0]["id"]; }), "parts[1].seed");
  EXPECT_EQ(refused_at([](Json& d) { d["parts"][0]["cycles"][0] = "baseline_host"; }), "parts[0].cycles[0]");
  EXPECT_EQ(refused_at([](Json& d) { d["parts"][0]["cycles"][1] = d["parts"][0]["cycles"][0]; }),
            "parts[0].cycles[1]");
  EXPECT_EQ(refused_at([](Json& d) { d["parts"][0]["cycles"][0] = d["parts"][2]["cycles"][0]; }),
            "parts[0].cycles[0]");
  EXPECT_EQ(refused_at([](Json& d) { d["parts"][0]["blocks"].erase(6); }), "parts[0].blocks");
  EXPECT_EQ(refused_at([](Json& d) { d["parts"][0]["blocks"][1]["order"].erase(0); }),
            "parts[0].blocks[1].order");
  EXPECT_EQ(refused_at([](Json& d) { d["parts"][0]["blocks"][1]["order"][0] = "A3"; }),
            "parts[0].blocks[1].order[0]");
  EXPECT_EQ(refused_at([](Json& d) { d["monitors"].push_back(d["monitors"][0]); }), "monitors[1].name");
  EXPECT_EQ(refused_at([](Json& d) { d["hooks"]["case_init"][0]["condition"] = "maybe"; }),
            "hooks.case_init[0].condition");
  EXPECT_EQ(refused_at([](Json& d) { d["hooks"]["case_init"][0]["targets"] = {"moon"}; }),
            "hooks.case_init[0].targets");
}

TEST(WorkflowDocument, RefusesPathsThatLeaveTheResultsFolder) {
  const auto path = [](const char* text) {
    return [text](Json& d) { d["test_sequence"][2]["result_path"] = text; };
  };
  EXPECT_EQ(refused_at(path("performance-test-results/../../etc")), "test_sequence[2].result_path");
  EXPECT_THAT(refused(path("performance-test-results/../../etc")).why,
              HasSubstr("leaves the results folder"));
  EXPECT_THAT(refused(path("/etc/cron.d")).why, HasSubstr("leaves the results folder"));
  EXPECT_THAT(refused(path("performance-test-results/baseline/host")).why,
              HasSubstr("not the path of this case"));
}

// Every value of the document replaced by what nobody expects there: refused, or read into something that can
// be written and read again.
TEST(WorkflowDocument, WithstandsAnyValueAnywhere) {
  CampaignConfig config = make_config();
  config.cases = {config.cases[0], config.cases[6]};
  config.measurement.min_blocks = 2;
  config.measurement.max_blocks = 3;
  const Json whole = document_of(*make_workflow(config, make_options()));
  std::vector<Json::json_pointer> places;
  const std::function<void(const Json&, const Json::json_pointer&)> walk = [&](const Json& value,
                                                                               const Json::json_pointer& at) {
    places.push_back(at);
    if (value.is_object()) {
      for (const auto& [key, item] : value.items()) walk(item, at / key);
    } else if (value.is_array()) {
      for (size_t i = 0; i < value.size(); ++i) walk(value[i], at / i);
    }
  };
  walk(whole, Json::json_pointer());
  int refusals = 0;
  const Json strange[] = {nullptr,       true,           -1, 1e300, 9223372036854775807, "", "../x",
                          Json::array(), Json::object(), {1}};
  for (const Json::json_pointer& place : places) {
    for (const Json& value : strange) {
      Json document = whole;
      document[place] = value;
      const auto workflow = workflow_from_json(document, "w");
      if (!workflow) {
        EXPECT_EQ(workflow.error().kind, ErrorKind::kUsage);
        ++refusals;
        continue;
      }
      const Json written = document_of(*workflow);
      const auto again = workflow_from_json(written, "w");
      ASSERT_TRUE(again) << place.to_string() << " = " << value << ": " << to_string(again.error());
      EXPECT_TRUE(document_of(*again) == written) << place.to_string() << " = " << value;
    }
  }
  EXPECT_GT(refusals, static_cast<int>(places.size()));
}

}  // namespace
}  // namespace bpftax
