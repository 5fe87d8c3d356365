// For tests: rows and documents.
#pragma once

#include <string>

#include "bench/model.h"

namespace bpftax::bench {

inline Row test_row(std::string subject, std::string op, std::string side, double ns, double half_width) {
  Row row;
  row.benchmark = "maps";
  row.subject = std::move(subject);
  row.op = std::move(op);
  row.side = std::move(side);
  row.params = {{"entries", 1000}, {"key", 4}};
  row.ns = Value{ns, ns - half_width, ns + half_width};
  row.floor_ns = Value{1.5, 1.4, 1.6};
  row.p50 = ns;
  row.p99 = ns + 3;
  row.samples = 40;
  row.processes = 8;
  return row;
}

inline Row absent_row(std::string subject, std::string op, std::string side, Status status,
                      std::string reason) {
  Row row = test_row(std::move(subject), std::move(op), std::move(side), 0, 0);
  row.ns.reset();
  row.floor_ns.reset();
  row.p50.reset();
  row.p99.reset();
  row.samples = row.processes = 0;
  row.status = status;
  row.reason = std::move(reason);
  return row;
}

inline Document test_document() {
  Document document;
  document.version = "0.1.0";
  document.command = "bpftax bench maps --quick";
  document.started = "2026-11-21T16:00:00Z";
  document.seed = 42;
  document.host = {{"kernel_release", "6.18.0"}, {"cpu_model", "a model"}};
  document.conditions = Json::array(
      {{{"name", "idle"},
        {"status", "measured"},
        {"reached", {{"cpu_percent", {{"mean", 1.5}, {"min", 0.5}, {"max", 3.0}, {"samples", 9}}}}}}});
  Row floor = test_row("hash", "loop", "program", 1.5, 0.1);
  floor.is_floor = true;
  floor.floor_ns.reset();
  Row user = test_row("hash", "lookup", "user", 612, 6);
  user.metrics = {{"memory", "bytes", {81920, 81920.0, 81920.0}}};
  Row doubtful = test_row("array", "update", "program", -0.5, 1.0);
  doubtful.warnings = {"twice the operations (5 and 10) took 2.31 times the time"};
  document.rows = {floor,
                   test_row("hash", "lookup", "program", 21.4, 0.2),
                   user,
                   doubtful,
                   absent_row("array", "delete", "program", Status::kUnavailable, "no deletes"),
                   absent_row("queue", "push", "program", Status::kInvalid, "counted 3, not 1000")};
  document.warnings = {"the machine was busy"};
  return document;
}

}  // namespace bpftax::bench
