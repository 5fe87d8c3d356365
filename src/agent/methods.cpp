#include "agent/methods.h"

namespace bpftax {

MethodTable make_methods(AgentState& state) {
  MethodTable table;
  add_process_methods(state, table);
  add_file_methods(state, table);
  add_observation_methods(state, table);
  table["shutdown"] = [&state](const Json&, const Reply& reply) -> Result<void> {
    state.shut_down(reply);
    return {};
  };
  return table;
}

}  // namespace bpftax
