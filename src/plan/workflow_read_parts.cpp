// `parts` of a workflow document, against its cycles, settings and seed.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "config/fields.h"
#include "plan/json_fields.h"
#include "plan/validate.h"
#include "plan/workflow_parts.h"
#include "plan/workflow_read.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr const char* kMadeAnew = "delete 'parts', and they are made anew";

class PartReader {
 public:
  explicit PartReader(Workflow& workflow) : workflow_(workflow) {
    for (size_t i = 0; i < workflow.cycles.size(); ++i) cycles_[workflow.cycles[i].id] = {i, ""};
  }

  Result<void> add(const Json& json, const std::string& where) {
    WorkflowPart part;
    std::vector<std::string> cycles;
    JsonFields fields(json, where, kReadingWorkflow);
    fields.text("id", part.id);
    fields.text("environment", part.environment);
    part.plan.seed = part_seed(workflow_.seed, part.id);
    uint64_t seed = part.plan.seed;
    fields.integer("seed", seed);
    if (seed != part.plan.seed)
      fields.wrong(
          "seed",
          fmt::format("metadata.seed {} gives {} for the part {}", workflow_.seed, part.plan.seed,
                      quote_name(part.id)),
          "the campaign has one seed: change metadata.seed, and delete 'seed' and 'blocks' of all parts");
    fields.texts("cycles", cycles);
    fields.skip({"blocks"});
    if (cycles.empty()) fields.wrong("cycles", "there is none", "delete the part");
    BPFTAX_TRY(fields.done_strictly());
    if (!is_plain_name(part.id))
      return wrong(where + ".id", quote_name(part.id) + " is not an id", "letters, digits, _ - and . only");
    for (const WorkflowPart& other : workflow_.parts) {
      if (other.id == part.id) return wrong(where + ".id", quote_name(part.id) + " stands twice");
    }
    for (size_t i = 0; i < cycles.size(); ++i)
      BPFTAX_TRY(add_cycle(part, cycles[i], fmt::format("{}.cycles[{}]", where, i)));
    workflow_.parts.push_back(std::move(part));
    return {};
  }

  Result<void> check_all_placed() const {
    for (size_t i = 0; i < workflow_.cycles.size(); ++i) {
      const WorkflowCycle& cycle = workflow_.cycles[i];
      if (!cycle.baseline && cycles_.at(cycle.id).part.empty())
        return wrong(fmt::format("test_sequence[{}]", i), quote_name(cycle.id) + " is in no part",
                     std::string("add it to the cycles of a part, or ") + kMadeAnew);
    }
    return {};
  }

  // The order of each block, where the document has them. The plans must be complete.
  Result<void> check_blocks(const Json& json, const WorkflowPart& part, const std::string& where) const {
    JsonFields fields(json, where, kReadingWorkflow);
    if (!fields.has("blocks")) return {};
    int number = 0;
    const int most = part.plan.stopping.looks.back();
    fields.each("blocks", [&](const Json& item, const std::string& at) {
      if (number <= most) fields.keep(check_block(item, part.plan, number, at));
      ++number;
    });
    if (number != most + 1)
      fields.wrong("blocks", fmt::format("{} of them, but with the warm-up there are {}", number, most + 1),
                   "delete 'blocks', and they are worked out from the seed");
    return fields.done();
  }

 private:
  struct Place {
    size_t index = 0;
    std::string part;
  };

  static tl::unexpected<Error> wrong(std::string path, std::string why, std::string hint = {}) {
    return fail(ErrorKind::kUsage, kReadingWorkflow, std::move(path), std::move(why), std::move(hint));
  }

  Result<void> add_cycle(WorkflowPart& part, const std::string& id, const std::string& where) {
    const auto found = cycles_.find(id);
    if (found == cycles_.end())
      return wrong(where, "there is no cycle " + quote_name(id) + " in test_sequence",
                   std::string("delete it here and in the part's blocks too, or ") + kMadeAnew);
    WorkflowCycle& cycle = workflow_.cycles[found->second.index];
    if (cycle.baseline)
      return wrong(where, quote_name(id) + " is a baseline", "a baseline belongs to all parts");
    if (cycle.environment != part.environment)
      return wrong(where, quote_name(id) + " is of the environment '" + cycle.environment +
                              "', the part of " + quote_name(part.environment));
    if (!found->second.part.empty())
      return wrong(where, quote_name(id) + " is in the part '" + found->second.part + "' already");
    if (!cycle.part.empty() && cycle.part != part.id)
      return wrong(fmt::format("test_sequence[{}].part", found->second.index),
                   quote_name(cycle.part) + ", but the part " + quote_name(part.id) + " has it");
    if (!part.plan.subjects.empty()) {
      const std::string& first = part.plan.subjects.front().id;
      if (!same_tests(workflow_.cycles[cycles_.at(first).index].tests, cycle.tests))
        return wrong(
            where, quote_name(id) + " has other performance tests than '" + first + "'",
            std::string("the cases of a part are measured in the same way: change both, or ") + kMadeAnew);
    }
    found->second.part = cycle.part = part.id;
    part.plan.subjects.emplace_back();
    part.plan.subjects.back().id = id;
    return {};
  }

  static Result<void> check_block(const Json& json, const Plan& plan, int number, const std::string& where) {
    const char* drop = "delete 'blocks', and they are worked out from the seed";
    JsonFields fields(json, where, kReadingWorkflow);
    int block = number;
    std::vector<std::string> order;
    fields.integer("block", block);
    fields.texts("order", order);
    if (block != number) fields.wrong("block", fmt::format("expected {}: blocks stand in order", number));
    BPFTAX_TRY(fields.done_strictly());
    const std::vector<std::string> expected = arm_order(plan, number);
    if (order == expected) return {};
    for (size_t i = 0; i < order.size(); ++i) {
      const std::string at = fmt::format("{}.order[{}]", where, i);
      if (std::find(expected.begin(), expected.end(), order[i]) == expected.end())
        return wrong(at, quote_name(order[i]) + " is not in the part", drop);
      if (std::find(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(i), order[i]) !=
          order.begin() + static_cast<std::ptrdiff_t>(i))
        return wrong(at, quote_name(order[i]) + " stands twice", drop);
    }
    for (const std::string& arm : expected) {
      if (std::find(order.begin(), order.end(), arm) == order.end())
        return wrong(where + ".order", "'" + arm + "' is missing", drop);
    }
    return wrong(
        where + ".order", fmt::format("the order of block {} is not what seed {} gives", number, plan.seed),
        "the order has to be random: change metadata.seed instead, and delete 'seed' and 'blocks' of all "
        "parts");
  }

  Workflow& workflow_;
  std::unordered_map<std::string, Place> cycles_;
};

}  // namespace

Result<void> read_workflow_parts(const Json& document, Workflow& workflow) {
  JsonFields top(document, "", kReadingWorkflow);
  if (!top.has("parts")) {
    make_parts(workflow);
    return complete_plans(workflow);
  }
  PartReader reader(workflow);
  top.each("parts", [&](const Json& item, const std::string& where) { top.keep(reader.add(item, where)); });
  BPFTAX_TRY(top.done());
  BPFTAX_TRY(reader.check_all_placed());
  BPFTAX_TRY(complete_plans(workflow));
  size_t index = 0;
  top.each("parts", [&](const Json& item, const std::string& where) {
    top.keep(reader.check_blocks(item, workflow.parts[index++], where));
  });
  return top.done();
}

}  // namespace bpftax
