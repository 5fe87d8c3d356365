#include "host/ssh_errors.h"

#include "util/strings.h"

namespace bpftax {

namespace {

struct KnownFailure {
  std::string_view pattern;  // in the client's stderr
  ErrorKind kind;
  std::string_view why;   // "" = the line itself
  std::string_view hint;  // DEST is replaced
};

// The first that matches counts: what is about keys comes before the closed connection that follows from it.
constexpr KnownFailure kFailures[] = {
    {"REMOTE HOST IDENTIFICATION HAS CHANGED", ErrorKind::kEnvironment,
     "its host key is another one than known_hosts says: the machine was installed anew, or this is another "
     "machine",
     "check the new key on the machine itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then: "
     "ssh-keygen "
     "-R NAME; ssh DEST"},
    {"Host key verification failed", ErrorKind::kEnvironment, "its host key is not known here",
     "connect once by hand and check the key: ssh DEST"},
    {"UNPROTECTED PRIVATE KEY FILE", ErrorKind::kEnvironment,
     "the private key can be read by others, ssh refuses it", "chmod 600 the key file"},
    {"Too many authentication failures", ErrorKind::kEnvironment, "the login was refused after too many keys",
     "name the right key in ~/.ssh/config: IdentityFile and IdentitiesOnly yes"},
    {"Permission denied (", ErrorKind::kEnvironment, "",
     "bpftax asks for no password: install a key (ssh-copy-id DEST) or start ssh-agent; ssh -o BatchMode=yes "
     "DEST "
     "true must work"},
    {"System is booting up", ErrorKind::kLost, "it is booting and does not let users log in yet", ""},
    {"is going down", ErrorKind::kLost, "it is shutting down and does not let users log in", ""},
    {"Could not resolve hostname", ErrorKind::kEnvironment, "",
     "check the host's address in the configuration, or the Host entry in ~/.ssh/config"},
    {"Connection refused", ErrorKind::kLost, "", "is sshd running there, and is the port right?"},
    {"No route to host", ErrorKind::kLost, "", "is the machine on, and the address right?"},
    {"Network is unreachable", ErrorKind::kLost, "", "check the network between here and the host"},
    {"timed out", ErrorKind::kLost, "",
     "is the machine on, the address right, and the port open in firewalls?"},
    {"not responding", ErrorKind::kLost, "", "is the machine on, and the network to it up?"},
    {"Bad configuration option", ErrorKind::kEnvironment, "", "check the ssh configuration file"},
    {"Can't open user config file", ErrorKind::kUsage, "", "check --ssh-config"},
    {"Bad owner or permissions on", ErrorKind::kEnvironment, "", "chmod 600 the ssh configuration file"},
    {"This account is currently not available", ErrorKind::kEnvironment, "",
     "the account needs a login shell"},
};

bool is_decoration(std::string_view line) {
  return line.empty() || line[0] == '@' || line.starts_with("Warning: Permanently added") ||
         line.starts_with("debug") || line.starts_with("Shared connection to");
}

std::string line_with(std::string_view words, std::string_view pattern) {
  for (const std::string_view line : split(words, '\n')) {
    if (line.find(pattern) != std::string_view::npos) return std::string(trim(line));
  }
  return {};
}

}  // namespace

std::string reason_of_ssh(std::string_view words) {
  // The last line says it, but for the closing ones that follow from another.
  std::string reason;
  for (const std::string_view raw : split(words, '\n')) {
    const std::string_view line = trim(raw);
    if (is_decoration(line)) continue;
    const bool closing = line.starts_with("Connection closed by UNKNOWN") ||
                         line.starts_with("client_loop:") || line.starts_with("mux_client");
    if (!closing || reason.empty()) reason = std::string(line);
  }
  return shorten(reason, 300);
}

Error explain_ssh_failure(std::string_view words, const std::string& what, const std::string& where,
                          const std::string& destination) {
  for (const KnownFailure& known : kFailures) {
    if (words.find(known.pattern) == std::string_view::npos) continue;
    std::string hint(known.hint);
    if (const size_t at = hint.find("DEST"); at != std::string::npos) hint.replace(at, 4, destination);
    return fail(known.kind, what, where,
                known.why.empty() ? line_with(words, known.pattern) : std::string(known.why), std::move(hint))
        .value();
  }
  const std::string reason = reason_of_ssh(words);
  return fail(ErrorKind::kLost, what, where, reason.empty() ? "the SSH connection was closed" : reason,
              "ssh " + destination + " shows more")
      .value();
}

}  // namespace bpftax
