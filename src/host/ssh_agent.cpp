#include "host/ssh_agent.h"

#include <elf.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "host/local_host.h"
#include "util/files.h"
#include "util/rng.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {

namespace {

constexpr const char* kCopyWhat = "cannot copy the agent";
constexpr int64_t kCopyTimeoutMs = 300'000;  // a slow line
constexpr size_t kMaxAgentBytes = 256u << 20;

std::string own_architecture() {
  utsname machine{};
  return ::uname(&machine) == 0 ? machine.machine : "";
}

tl::unexpected<Error> copy_failure(const SshConnection& connection, const std::string& words) {
  const SshProbe& probe = connection.probe();
  std::string hint = "look at " + printable(probe.cache) + " on that machine";
  if (words.find("No space left") != std::string::npos || words.find("quota") != std::string::npos)
    hint = "make room in " + printable(probe.cache) + " on that machine, or set XDG_CACHE_HOME there";
  if (words.find("Read-only") != std::string::npos || words.find("ermission denied") != std::string::npos)
    hint = "make " + printable(probe.cache) + " writable on that machine, or set XDG_CACHE_HOME there";
  return fail(ErrorKind::kEnvironment, kCopyWhat, connection.where(), words, hint);
}

}  // namespace

std::string architecture_of_elf(std::string_view begin_of_file) {
  Elf64_Ehdr header{};
  if (begin_of_file.size() < sizeof header) return {};
  std::memcpy(&header, begin_of_file.data(), sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_DATA] != ELFDATA2LSB) return {};
  switch (header.e_machine) {
    case EM_X86_64:
      return "x86_64";
    case EM_AARCH64:
      return "aarch64";
    default:
      return {};
  }
}

Result<AgentBinary> find_agent_for(const std::string& architecture) {
  const std::string what = "there is no agent for this kind of machine";
  if (architecture != "x86_64" && architecture != "aarch64") {
    return fail(ErrorKind::kEnvironment, what, architecture, "bpftax has agents for x86_64 and aarch64",
                "measure on a machine of one of these");
  }
  AgentBinary binary;
  BPFTAX_ASSIGN(binary.path, find_agent());
  const bool native = architecture == own_architecture();
  if (!native) {
    const std::string folder = binary.path.substr(0, binary.path.rfind('/') + 1);
    binary.path = folder + "bpftax-agent-" + architecture;
    if (::access(binary.path.c_str(), R_OK) != 0) {
      return fail_errno(errno, what, binary.path, ErrorKind::kEnvironment,
                        "./dev build " + architecture + " makes it; put it beside bpftax");
    }
  }
  BPFTAX_ASSIGN(const std::string content, read_file(binary.path, kMaxAgentBytes));
  if (const std::string found = architecture_of_elf(content); found != architecture) {
    return fail(
        ErrorKind::kEnvironment, what, binary.path,
        "it is a program for " + (found.empty() ? "something else" : found) + ", not for " + architecture);
  }
  binary.sha256 = sha256_hex(content);
  binary.bytes = static_cast<int64_t>(content.size());
  return binary;
}

std::string remote_agent_path(const SshProbe& probe, const AgentBinary& binary) {
  return probe.cache + "/agent-" + binary.sha256;
}

std::string agent_command(const std::string& remote_path, bool sudo) {
  return (sudo ? "sudo -n " : "") + shell_quote(remote_path);
}

std::string check_agent_script(const std::string& remote_path, const AgentBinary& binary, bool sudo) {
  return fmt::format(
      "a={}; [ -f \"$a\" ] || {{ echo missing; exit 0; }}; "
      "case $(sha256sum <\"$a\") in {}*) ;; *) echo damaged; exit 0;; esac; "
      "v=$({} --version 2>&1); case $v in 'bpftax-agent '*) ;; "
      "*) printf 'norun %s\\n' \"$(printf %s \"$v\" | tr '\\n\\r' '  ')\"; exit 0;; esac; ",
      shell_quote(remote_path), binary.sha256, agent_command(remote_path, sudo));
}

Result<void> copy_agent(SshConnection& connection, const AgentBinary& binary) {
  const SshProbe& probe = connection.probe();
  if (!probe.cache_error.empty()) return copy_failure(connection, probe.cache_error);
  if (!probe.has_sha256sum) {
    return fail(ErrorKind::kEnvironment, kCopyWhat, connection.where(),
                "it has no sha256sum to check the copy with", "install coreutils there");
  }
  if (probe.cache_free_bytes && *probe.cache_free_bytes < binary.bytes) {
    return copy_failure(connection, fmt::format("No space left: the agent has {}, {} are free",
                                                format_bytes(static_cast<double>(binary.bytes)),
                                                format_bytes(static_cast<double>(*probe.cache_free_bytes))));
  }
  BPFTAX_ASSIGN(const std::string content, read_file(binary.path, kMaxAgentBytes));
  const std::string path = remote_agent_path(probe, binary);
  const std::string temporary = fmt::format("{}/.copy-{:016x}", probe.cache, random_seed());
  // A copy that a broken connection cut short does not have the checksum. Those that could not even be
  // removed go when they are a day old.
  const std::string script = fmt::format(
      "t={}; trap 'rm -f \"$t\"' EXIT; trap 'exit 1' HUP INT TERM PIPE; cat >\"$t\" || exit 10; "
      "case $(sha256sum <\"$t\") in {}*) ;; *) echo damaged; exit 11;; esac; "
      "chmod 755 \"$t\" && mv -f \"$t\" {} || exit 12; "
      "find {} -maxdepth 1 -name '.copy-*' -mtime +0 -exec rm -f {{}} + 2>/dev/null; exit 0",
      shell_quote(temporary), binary.sha256, shell_quote(path), shell_quote(probe.cache));
  BPFTAX_ASSIGN(const SshConnection::Output output, connection.run(script, content, kCopyTimeoutMs));
  if (output.exit_code == 0) return {};
  if (output.exit_code == 11)
    return copy_failure(connection,
                        "it was damaged on the way" + (output.err.empty() ? "" : ": " + output.err));
  return copy_failure(connection,
                      output.err.empty() ? fmt::format("exit code {}", output.exit_code) : output.err);
}

}  // namespace bpftax
