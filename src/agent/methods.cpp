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
  // Says that the controller is there (--silence-limit), which reading it has already noted.
  table["ping"] = [](const Json&, const Reply& reply) -> Result<void> {
    reply.send(Json::object());
    return {};
  };
  return table;
}

}  // namespace bpftax
