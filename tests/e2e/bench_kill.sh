#!/usr/bin/env bash
# bench_kill.sh [TIMES]: kill -9 of a benchmark under a load, with idle states switched, at random moments. The controller
# alone, and everything at once with `bpftax clean` afterwards: no stress-ng, no folder, no BPF program is left, and every
# setting is what it was.
. "$(dirname "$0")/lib.sh"
command -v stress-ng >/dev/null || { echo "FAIL stress-ng is missing: ./dev setup test"; exit 1; }
times=${1:-1}
RANDOM=${SEED:-4711}
before=$(bpf_programs)
cpuidle=/sys/devices/system/cpu
settings() { grep -H . $cpuidle/cpu[0-9]*/cpuidle/state*/disable $cpuidle/cpufreq/policy*/scaling_{governor,min_freq,max_freq} 2>/dev/null; }
# Folders of files that a load writes, and control groups.
traces() {
  ls -d /var/tmp/bpftax-* /tmp/bpftax-load-* 2>/dev/null
  find /sys/fs/cgroup -maxdepth 4 -name '*bpftax*' 2>/dev/null
}

# One state of one CPU is switched off before all, so that `--cstates on` has something to change, and to put back.
switch=$(ls -d $cpuidle/cpu[0-9]*/cpuidle/state[1-9]*/disable 2>/dev/null | head -n 1)
if [ -n "$switch" ]; then
  was=$(cat "$switch")
  trap 'echo "$was" >"$switch"; rm -rf "$work"' EXIT
  echo 1 >"$switch"
fi
settings_before=$(settings)
traces_before=$(traces)

start() { # DIR CSTATES
  # io writes into a folder that has to be removed.
  "$bin/bpftax" bench maps --types hash --side program --entries 256 --load cpu:80+io --cstates "$2" --runs 500 --samples 1 \
    --out "$1" >"$1.out" 2>&1 &
  controller=$!
}
agent_pids() {
  keeper=$(tr ' ' '\n' <"/proc/$controller/task/$controller/children" 2>/dev/null | while read -r pid; do
    grep -qa bpftax-agent "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"; done | head -n 1)
  worker=$([ -n "$keeper" ] && awk '{print $1}' "/proc/$keeper/task/$keeper/children" 2>/dev/null)
}
# Until all that has to vanish is there, and is seen by those who look for what is left.
loaded() {
  local i
  for i in $(seq 100); do
    kill -0 $controller 2>/dev/null || return 1
    ours | grep -q 'stress-ng' && [ "$(traces)" != "$traces_before" ] && return 0
    sleep 0.1
  done
  return 1
}
moment() { sleep "$(awk -v r=$RANDOM -v most="$1" 'BEGIN { printf "%.2f", r / 32768 * most }')"; }
as_before() { # NAME
  expect "$1: settings are what they were" test "$(settings)" = "$settings_before"
  expect "$1: no folder and no control group is left" test "$(traces)" = "$traces_before"
}

for round in $(seq "$times"); do
  start "$work/alone-$round" off
  expect "controller $round: the load is there" loaded
  moment 3
  kill -9 $controller
  wait $controller 2>/dev/null
  nothing_left "controller $round" "$before"
  as_before "controller $round"

  start "$work/all-$round" on
  expect "everything $round: the load is there" loaded
  [ -z "$switch" ] || expect "everything $round: the setting is changed" test "$(cat "$switch")" = 0
  moment 3
  agent_pids
  expect "everything $round: there is an agent" test -n "$keeper" -a -n "$worker"
  kill -9 $controller $keeper $worker
  wait $controller 2>/dev/null
  # A signal takes effect a moment after it was sent, and `clean` leaves alone what is at work.
  for pid in $keeper $worker; do while grep -qsE '^State:\s+[^ZX]' "/proc/$pid/status"; do sleep 0.02; done; done
  [ -z "$switch" ] || expect "everything $round: the setting is still changed" test "$(cat "$switch")" = 0
  run_bpftax "clean-$round" clean
  expect_code "clean-$round" 0
  nothing_left "everything $round, then clean" "$before"
  as_before "everything $round, then clean"
done
finish
