// The agent's program for a remote machine: which of our binaries it is, and that it lies there, whole.
#pragma once

#include <cstdint>
#include <string>

#include "host/ssh_connection.h"
#include "util/result.h"

namespace bpftax {

struct AgentBinary {
  std::string path;  // here
  std::string sha256;
  int64_t bytes = 0;
};

// For `uname -m` of a machine: bpftax-agent (find_agent()) when it is this machine's architecture, else
// bpftax-agent-ARCH beside it. kEnvironment when there is none, or when the file is for another architecture.
Result<AgentBinary> find_agent_for(const std::string& architecture);
// The architecture an ELF file is for, as uname -m calls it; "" for others and for what is no ELF file.
std::string architecture_of_elf(std::string_view begin_of_file);

// Where it lies on the machine: named after its checksum, so versions never mix and copies never collide.
std::string remote_agent_path(const SshProbe& probe, const AgentBinary& binary);
// The program of `wrapper` (["sudo", "-n"] or nothing) and agent, as shell words.
std::string agent_command(const std::string& remote_path, bool sudo);

// Copies it there: to a temporary name, checked there, renamed. Several at the same time do no harm.
// kEnvironment: no space, not writable, damaged on the way.
Result<void> copy_agent(SshConnection& connection, const AgentBinary& binary);

// Shell text that prints one word and exits unless the file is there and whole ("missing", "damaged") and
// runs
// ("norun WORDS"): for the beginning of a script that then runs it.
std::string check_agent_script(const std::string& remote_path, const AgentBinary& binary, bool sudo);

}  // namespace bpftax
