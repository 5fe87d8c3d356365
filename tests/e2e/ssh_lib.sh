# Helpers of the end-to-end tests over SSH: two sshd servers in two namespaces as hosts, up when this file has been sourced.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
. "$here/../ssh/servers.sh"
lab=$work/lab
ssh_lab_up "$lab" || exit 1
. "$lab/lab.env"
trap 'ssh_lab_down "$lab"; rm -rf "$work"' EXIT
ssh_config=$lab/ssh_config
for machine in server client; do ln -s "$bin/bpftax-probe" "$lab/$machine/bin/"; done

# Processes on a host that are not its sshd's.
host_processes() { # NETNS
  local pid
  for pid in $(ip netns pids "$1" 2>/dev/null); do
    case "$(cat "/proc/$pid/comm" 2>/dev/null)" in sshd | "") ;; *) echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)" ;; esac
  done
}
hosts_are_clean() { # NAME
  local deadline=$((SECONDS + 10)) left
  while :; do
    left=$(host_processes "$LAB_SERVER_NETNS"; host_processes "$LAB_CLIENT_NETNS"; ls /run/bpftax/*.own 2>/dev/null)
    [ -n "$left" ] && [ $SECONDS -lt $deadline ] || break
    sleep 0.1
  done
  if [ -z "$left" ]; then pass "$1: nothing runs on either host"; else
    flunk "$1: on the hosts:"
    printf '%s\n' "$left" | sed 's/^/  | /'
  fi
}
part_windows() { # DIR: timed windows of valid blocks of all parts, one key a line
  local part
  for part in "$1"/parts/*/; do timed_windows "$part" | sed "s|^|$(basename "$part") |"; done
}
part_windows_once() { # DIR N
  local all
  all=$(part_windows "$1")
  [ -z "$(printf '%s\n' "$all" | sort | uniq -d)" ] && [ "$(printf '%s\n' "$all" | grep -c .)" = "$2" ] && return
  note "$(printf '%s\n' "$all" | grep -c .) windows instead of $2"
  return 1
}

# What a user writes: the two hosts, and short performance tests.
write_minimal_input() {
  cat >"$work/minimal-input.yaml" <<YAML
version: "1.0"
environment: ns-lab
nodes:
  host-server: {ssh: host-server, workdir: $LAB_SERVER_WORK, role: host, test_ip: $LAB_SERVER_TEST_IP}
  host-client: {ssh: host-client, workdir: $LAB_CLIENT_WORK, role: host, test_ip: $LAB_CLIENT_TEST_IP}
test_pairs:
  host: {server: host-server, client: host-client}
YAML
  cat >"$work/performance.yaml" <<'YAML'
performance_tests:
  throughput: {single_stream: {duration: 1}}
  latency: {duration: 1, tcp_rr: {}}
YAML
}
