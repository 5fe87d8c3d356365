#!/usr/bin/env bash
# Two machines for tests: two sshd servers, each in a network namespace of its own, joined by a veth pair that
# traffic between them crosses. To be sourced (functions), or run:
#
#     tests/ssh/servers.sh up DIR      # as root; DIR must not exist
#     ssh -F DIR/ssh_config host-server uname -a
#     bpftax ... --ssh-config DIR/ssh_config
#     tests/ssh/servers.sh down DIR
#
# DIR/ssh_config    aliases host-server and host-client: own host keys, own known_hosts, one key that logs in as root
# DIR/lab.env       variables to source: LAB_SERVER_NETNS, LAB_CLIENT_NETNS, LAB_SERVER_TEST_IP, LAB_CLIENT_TEST_IP,
#                   LAB_INTERFACE (carries the test addresses, in both), LAB_SERVER_SSH_IP, LAB_CLIENT_SSH_IP,
#                   LAB_SERVER_LINK, LAB_CLIENT_LINK (the near ends of the SSH connections: `ip link set X down` cuts
#                   one silently), LAB_SERVER_WORK, LAB_CLIENT_WORK (folders to use as workdir)
# DIR/server, DIR/client
#                   what belongs to one of them: keys, sshd.pid, sshd.log, work/, home/ (HOME of its sessions), bin/
#                   (first in their PATH: a test may put its own programs there), sshd_extra (read when sshd starts)
#
# Only the network is the machine's own: processes, files and /sys are shared. Sessions are started without a mount
# namespace (`ip netns exec` would hide tracefs and the BPF file system).

ssh_lab_sshd=${SSHD:-/usr/sbin/sshd}

ssh_lab_fail() {
  printf 'servers.sh: error: %s\n' "$1" >&2
  return 1
}

# ssh_lab_netns_add NUMBER: both namespaces, or none. A name that is taken belongs to another lab.
ssh_lab_netns_add() {
  ! ip link show "btssh${1}s" >/dev/null 2>&1 && ! ip link show "btssh${1}c" >/dev/null 2>&1 || return 1
  ip netns add "btssh$1-server" 2>/dev/null || return 1
  ip netns add "btssh$1-client" 2>/dev/null && return 0
  ip netns del "btssh$1-server"
  return 1
}

# ssh_lab_machine DIR NAME: keys and configuration of one server.
ssh_lab_machine() {
  local dir=$1 name=$2 base=$1/$2
  mkdir -p "$base/work" "$base/home" "$base/bin" &&
    ssh-keygen -q -t ed25519 -N '' -C "test host $name" -f "$base/host_key" || return 1
  : >"$base/sshd_extra"
  cat >"$base/sshd_config" <<CONFIG
Include $base/sshd_extra
Port 22
HostKey $base/host_key
PidFile none
AuthorizedKeysFile $dir/authorized_keys
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PrintLastLog no
MaxStartups 100
UseDNS no
SetEnv HOME=$base/home PATH=$base/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CONFIG
}

# ssh_lab_start_sshd DIR NAME: starts (again) the server of one machine and waits until it listens.
ssh_lab_start_sshd() {
  local dir=$1 name=$2 base=$1/$2 netns ip pid wait
  netns=$(sed -n "s/^LAB_${name^^}_NETNS=//p" "$dir/lab.env")
  ip=$(sed -n "s/^LAB_${name^^}_SSH_IP=//p" "$dir/lab.env")
  setsid nsenter --net="/run/netns/$netns" "$ssh_lab_sshd" -D -e -f "$base/sshd_config" </dev/null >>"$base/sshd.log" 2>&1 3>&- &
  pid=$!
  echo "$pid" >"$base/sshd.pid"
  for ((wait = 0; wait < 200; wait++)); do
    (exec 3<>"/dev/tcp/$ip/22") 2>/dev/null && return 0
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
  done
  ssh_lab_fail "sshd of $name does not listen: $(tail -n 3 "$base/sshd.log")"
}

# ssh_lab_stop_sshd DIR NAME: ends the listening server; sessions live on.
ssh_lab_stop_sshd() {
  local file=$1/$2/sshd.pid
  [ -s "$file" ] || return 0
  kill "$(cat "$file")" 2>/dev/null
  wait "$(cat "$file")" 2>/dev/null
  rm -f "$file"
}

# ssh_lab_sessions DIR NAME: pids of the sshd processes that serve sessions there (not the listening one).
ssh_lab_sessions() {
  local netns listener pid
  netns=$(sed -n "s/^LAB_${2^^}_NETNS=//p" "$1/lab.env")
  listener=$(cat "$1/$2/sshd.pid" 2>/dev/null)
  for pid in $(ip netns pids "$netns" 2>/dev/null); do
    [ "$pid" != "$listener" ] || continue
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != sshd ] || echo "$pid"
  done
}

ssh_lab_up() {
  local dir=$1 number name
  [ "$(id -u)" = 0 ] || { ssh_lab_fail "it makes network namespaces: run it as root"; return 1; }
  [ -x "$ssh_lab_sshd" ] || { ssh_lab_fail "there is no $ssh_lab_sshd: apt-get install openssh-server"; return 1; }
  mkdir -p "$(dirname "$dir")" && mkdir -m 700 "$dir" || return 1
  dir=$(readlink -f "$dir")
  mkdir -p /run/sshd && chmod 755 /run/sshd
  for ((number = 0; number < 250; number++)); do
    ssh_lab_netns_add "$number" && break
  done
  [ "$number" -lt 250 ] || { ssh_lab_fail "no number is free"; return 1; }
  local net=100.127.$number
  cat >"$dir/lab.env" <<ENV
LAB_NUMBER=$number
LAB_SERVER_NETNS=btssh$number-server
LAB_CLIENT_NETNS=btssh$number-client
LAB_SERVER_LINK=btssh${number}s
LAB_CLIENT_LINK=btssh${number}c
LAB_SERVER_SSH_IP=$net.2
LAB_CLIENT_SSH_IP=$net.6
LAB_INTERFACE=test0
LAB_SERVER_TEST_IP=$net.9
LAB_CLIENT_TEST_IP=$net.10
LAB_SERVER_WORK=$dir/server/work
LAB_CLIENT_WORK=$dir/client/work
ENV
  if ! ssh_lab_build "$dir" "$number" "$net"; then
    ssh_lab_down "$dir"
    return 1
  fi
}

ssh_lab_build() {
  local dir=$1 number=$2 net=$3 name side
  for name in server client; do
    side=${name:0:1}
    ip netns exec "btssh$number-$name" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
      2>/dev/null
    ip -n "btssh$number-$name" link set lo up &&
      ip link add "btssh$number$side" type veth peer name mgmt0 netns "btssh$number-$name" || return 1
    sysctl -qw "net.ipv6.conf.btssh$number$side.disable_ipv6=1" 2>/dev/null
    ip link set "btssh$number$side" up && ip -n "btssh$number-$name" link set mgmt0 up || return 1
  done
  ip addr add "$net.1/30" dev "btssh${number}s" && ip -n "btssh$number-server" addr add "$net.2/30" dev mgmt0 &&
    ip addr add "$net.5/30" dev "btssh${number}c" && ip -n "btssh$number-client" addr add "$net.6/30" dev mgmt0 &&
    ip -n "btssh$number-server" link add test0 type veth peer name test0 netns "btssh$number-client" &&
    ip -n "btssh$number-server" addr add "$net.9/30" dev test0 &&
    ip -n "btssh$number-client" addr add "$net.10/30" dev test0 &&
    ip -n "btssh$number-server" link set test0 up && ip -n "btssh$number-client" link set test0 up || return 1

  ssh-keygen -q -t ed25519 -N '' -C "test user" -f "$dir/user_key" && cp "$dir/user_key.pub" "$dir/authorized_keys" &&
    ssh_lab_machine "$dir" server && ssh_lab_machine "$dir" client || return 1
  printf '%s %s\n' "$net.2" "$(cut -d' ' -f1,2 "$dir/server/host_key.pub")" >"$dir/known_hosts"
  printf '%s %s\n' "$net.6" "$(cut -d' ' -f1,2 "$dir/client/host_key.pub")" >>"$dir/known_hosts"
  cat >"$dir/ssh_config" <<CONFIG
Host host-server
  HostName $net.2
Host host-client
  HostName $net.6
Host *
  User root
  IdentityFile $dir/user_key
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile $dir/known_hosts
  GlobalKnownHostsFile /dev/null
CONFIG
  chmod 600 "$dir/ssh_config"
  ssh_lab_start_sshd "$dir" server && ssh_lab_start_sshd "$dir" client
}

# Everything that runs in the two namespaces is of this lab and is ended.
ssh_lab_down() {
  local dir=$1 number name pid round
  [ -s "$dir/lab.env" ] || { rm -rf "$dir"; return 0; }
  number=$(sed -n 's/^LAB_NUMBER=//p' "$dir/lab.env")
  for name in server client; do
    ssh_lab_stop_sshd "$dir" "$name"
    for round in TERM KILL; do
      for pid in $(ip netns pids "btssh$number-$name" 2>/dev/null); do kill -"$round" "$pid" 2>/dev/null; done
      for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ -n "$(ip netns pids "btssh$number-$name" 2>/dev/null)" ] || break 2
        sleep 0.1
      done
    done
    ip link del "btssh$number${name:0:1}" 2>/dev/null
    ip netns del "btssh$number-$name" 2>/dev/null
  done
  rm -rf "$dir"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  case "${1:-} ${2:+dir}" in
    "up dir") ssh_lab_up "$2" ;;
    "down dir") ssh_lab_down "$2" ;;
    "start-sshd dir") ssh_lab_start_sshd "$2" "$3" ;;
    "stop-sshd dir") ssh_lab_stop_sshd "$2" "$3" ;;
    "sessions dir") ssh_lab_sessions "$2" "$3" ;;
    *)
      printf 'usage: servers.sh up|down DIR; start-sshd|stop-sshd|sessions DIR server|client\n' >&2
      exit 2
      ;;
  esac
fi
