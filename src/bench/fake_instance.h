// For tests: an instance whose times and mistakes are what the test says.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/benchmark.h"

namespace bpftax::bench {

class FakeInstance : public Instance {
 public:
  struct Call {
    std::string what;  // "prepare", "run", "check"
    size_t operation = 0;
    uint64_t n = 0;
    bool operator==(const Call&) const = default;
  };

  explicit FakeInstance(std::vector<Operation> operations) : operations_(std::move(operations)) {
    per_operation_ns.assign(operations_.size(), 10);
  }

  const std::vector<Operation>& operations() const override { return operations_; }
  Result<void> prepare(size_t operation, uint64_t n) override {
    calls.push_back({"prepare", operation, n});
    return {};
  }
  Result<Stretch> run(size_t operation, uint64_t n) override {
    calls.push_back({"run", operation, n});
    if (on_run) return on_run(operation, n);
    return Stretch{time_of(operation, n), n, {}};
  }
  Result<void> check(size_t operation, uint64_t n) override {
    calls.push_back({"check", operation, n});
    if (on_check) return on_check(operation, n);
    return {};
  }
  uint64_t most(size_t operation) const override {
    return operation < limits.size() ? limits[operation] : UINT64_MAX;
  }

  uint64_t time_of(size_t operation, uint64_t n) const {
    return static_cast<uint64_t>(per_operation_ns[operation] * static_cast<double>(n));
  }
  size_t count(const std::string& what, size_t operation) const {
    size_t found = 0;
    for (const Call& call : calls) found += call.what == what && call.operation == operation ? 1 : 0;
    return found;
  }

  std::vector<double> per_operation_ns;
  std::vector<uint64_t> limits;  // most(); shorter: without a limit
  std::function<Result<Stretch>(size_t, uint64_t)> on_run;
  std::function<Result<void>(size_t, uint64_t)> on_check;
  std::vector<Call> calls;

 private:
  std::vector<Operation> operations_;
};

inline Operation fake_operation(std::string name, std::string floor = {}) {
  Operation operation;
  operation.name = std::move(name);
  operation.side = "program";
  operation.floor = std::move(floor);
  return operation;
}
inline Operation fake_floor(std::string name) {
  Operation operation = fake_operation(std::move(name));
  operation.is_floor = true;
  return operation;
}

}  // namespace bpftax::bench
