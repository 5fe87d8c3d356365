#include "bench/load/veristat_csv.h"

#include <gtest/gtest.h>

#include "bench/load/import_veristat.h"

namespace bpftax::bench {
namespace {

Row row(const char* subject, const char* op, Json params) {
  Row made;
  made.benchmark = "load";
  made.subject = subject;
  made.op = op;
  made.params = std::move(params);
  return made;
}

Document measured() {
  Document document;
  Row verify = row("handle", "verify", {{"object", "tool.bpf.o"}});
  verify.ns = Value{123'456.0, 120'000.0, 126'000.0};
  verify.metrics = {
      {"processed", "instructions", {901, {}, {}}}, {"total_states", "count", {70, {}, {}}},
      {"peak_states", "count", {60, {}, {}}},       {"max_states_per_insn", "count", {4, {}, {}}},
      {"mark_read", "count", {7, {}, {}}},          {"stack_depth", "bytes", {72, {}, {}}}};
  Row load = row("handle", "load", {{"object", "tool.bpf.o"}});
  load.ns = Value{200'000.0, {}, {}};
  load.metrics = {{"instructions", "count", {412, {}, {}}}, {"jited", "bytes", {2300, {}, {}}}};
  // As aggregate() makes it where needs() says no: no operation.
  Row refused = row("broken", "", {{"object", "tool.bpf.o"}});
  refused.status = Status::kUnavailable;
  refused.reason = "the kernel refuses the program: Permission denied: R1 invalid mem access 'scalar'";
  Row series = row("loop", "load", {{"size", 1000}});
  series.ns = Value{1.0, {}, {}};
  document.rows = {verify,
                   load,
                   refused,
                   series,
                   row("(object)", "open", {{"object", "tool.bpf.o"}}),
                   row("empty_run", "x", {})};
  document.rows.back().is_floor = true;
  return document;
}

TEST(VeristatCsv, HasVeristatsColumnsAndALineForEachProgram) {
  EXPECT_EQ(veristat_csv(measured()),
            "file_name,prog_name,verdict,duration,total_insns,total_states,peak_states,max_states_per_insn,"
            "max_mark_read_len,prog_size,prog_size_jited,prog_type,attach_type,stack_depth,mem_peak\n"
            "tool.bpf.o,handle,success,123,901,70,60,4,7,412,2300,N/A,N/A,72,-1\n"
            "tool.bpf.o,broken,failure,0,0,0,0,0,0,0,0,N/A,N/A,0,-1\n"
            "series,loop_1000,success,0,0,0,0,0,0,0,0,xdp,cgroup_inet_ingress,0,-1\n");
}

Row as(Row row, Status status, const char* reason) {
  row.status = status;
  row.reason = reason;
  row.ns.reset();
  row.metrics.clear();
  return row;
}

TEST(VeristatCsv, WhatWasNotTriedOrNotMeasuredIsNoFailure) {
  const Json object = {{"object", "tool.bpf.o"}};
  Document document = measured();
  for (const Row& lacking :
       {as(row("died", "load", object), Status::kInvalid, "the process was killed by SIGKILL"),
        as(row("died", "verify", object), Status::kInvalid, "the process was killed by SIGKILL"),
        as(row("unreached", "", object), Status::kUnavailable, "condition cpu:80: 41 % were reached"),
        as(row("mapless", "", object), Status::kUnavailable, "Cannot allocate memory (map 'large')"),
        row("interrupted", "verify", object)})
    document.rows.push_back(lacking);
  EXPECT_EQ(veristat_csv(document), veristat_csv(measured()));
}

TEST(VeristatCsv, TheFirstConditionIsNotOverwrittenByTheNext) {
  Document document = measured();
  for (Row later : measured().rows) {
    later.condition = "cpu:80";
    if (later.ns) later.ns->mean *= 10;
    document.rows.push_back(later);
  }
  EXPECT_EQ(veristat_csv(document), veristat_csv(measured()));
  EXPECT_EQ(veristat_note(document, "tool.csv"),
            "tool.csv has what was measured under idle alone: veristat's columns have no condition.\n");
  EXPECT_EQ(veristat_note(measured(), "tool.csv"), "");
}

TEST(VeristatCsv, AConditionThatWasNotReachedIsNotTheFirst) {
  Document document;
  for (Row lost : measured().rows) {
    lost = as(lost, Status::kUnavailable, "condition mem:90: 60 % were reached");
    lost.condition = "mem:90";
    document.rows.push_back(lost);
  }
  for (const Row& there : measured().rows) document.rows.push_back(there);
  EXPECT_EQ(veristat_csv(document), veristat_csv(measured()));
  EXPECT_EQ(veristat_condition(document), "idle");
}

TEST(VeristatCsv, CanBeImportedAgainAsTheRowsItWasMadeOf) {
  const auto rows = import_veristat(veristat_csv(measured()), "x.csv");
  ASSERT_TRUE(rows) << to_string(rows.error());
  ASSERT_GE(rows->size(), 2u);
  EXPECT_EQ((*rows)[0].subject, "handle");
  EXPECT_EQ((*rows)[0].op, "verify");
  EXPECT_EQ((*rows)[0].params, Json({{"object", "tool.bpf.o"}}));
  EXPECT_EQ((*rows)[0].metrics[0].name, "processed");
  EXPECT_EQ((*rows)[0].metrics[0].value.mean, 901);
}

TEST(VeristatCsv, CommasInNamesDoNotMakeColumns) {
  Document document;
  document.rows = {row("a,b\n", "load", {{"object", "x,\"y\".o"}})};
  const std::string csv = veristat_csv(document);
  EXPECT_NE(csv.find("x__y_.o,a_b_,success"), std::string::npos) << csv;
}

}  // namespace
}  // namespace bpftax::bench
