#include "config/load.h"

// Names of the assembler's. NOLINTBEGIN(readability-identifier-naming)
extern "C" {
extern const char bpftax_config_tools_begin[], bpftax_config_tools_end[];
extern const char bpftax_config_performance_tests_begin[], bpftax_config_performance_tests_end[];
}
// NOLINTEND(readability-identifier-naming)

namespace bpftax {

ConfigTemplates built_in_templates() {
  return {{bpftax_config_tools_begin, bpftax_config_tools_end},
          "tools-template.yaml (built in)",
          {bpftax_config_performance_tests_begin, bpftax_config_performance_tests_end},
          "performance-test-template.yaml (built in)"};
}

}  // namespace bpftax
