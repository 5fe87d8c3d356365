// The command bpftax-probe.
#pragma once

namespace bpftax {

// Returns the exit code (formats.md section 1): 0 done, also when a signal ended it; 2 bad options; 3 cannot
// run here.
int probe_command(int argc, char** argv);

}  // namespace bpftax
