#!/usr/bin/env bash
# kill.sh [TIMES [WORKLOADS]]: kill -9 of the controller, and of the agent (worker, keeper, both in turn), at random
# moments; each time nothing is left, and --resume finishes the run with every planned window present once.
# WORKLOADS: tcp_rr,udp_pps, or one of them. KILL_WITHIN=SECONDS: the latest moment (the run takes some 13 s with two
# workloads, 7 s with one); VICTIMS="controller agent": whom. SEED=N: the moments, and which part of the agent is killed
# first, as in the run that printed that seed.
. "$(dirname "$0")/lib.sh"
times=${1:-3}
workloads=${2:-tcp_rr,udp_pps}
case "$workloads" in *,*) windows=12 within=13.2 ;; *) windows=6 within=7 ;; esac
seed=${SEED:-$(($(date +%s) % 32768))}
note "seed: $seed"
RANDOM=$seed
first_part=$((RANDOM % 3))
before=$(bpf_programs)

start() { # DIR ARGS...
  local dir=$1
  shift
  "$bin/bpftax" measure "$@" >"$dir.log" 2>&1 &
  controller=$!
}

# pids of the agent of our controller: keeper (its child) and worker (the keeper's child).
agent_pids() {
  keeper=$(cat "/proc/$controller/task/$controller/children" 2>/dev/null | awk '{print $1}')
  worker=$([ -n "$keeper" ] && awk '{print $1}' "/proc/$keeper/task/$keeper/children" 2>/dev/null)
}

kill_round() { # VICTIM ROUND
  local dir="$work/$1-$2" delay
  delay=$(awk -v r=$RANDOM -v within="${KILL_WITHIN:-$within}" 'BEGIN { printf "%.2f", 0.2 + r / 32768 * (within - 0.2) }')
  start "$dir" --blocks 2 --window 1s --attribution-starts 1 --workloads "$workloads" --out "$dir" -- "$bin/bpftax-probe" packet-count
  sleep "$delay"
  case "$1" in
    controller) kill -9 $controller 2>/dev/null ;;
    agent)
      agent_pids
      case $((($2 + first_part) % 3)) in
        0) [ -z "$worker" ] || kill -9 "$worker" 2>/dev/null ;;
        1) [ -z "$keeper" ] || kill -9 "$keeper" 2>/dev/null ;;
        2) [ -z "$keeper$worker" ] || kill -9 $keeper $worker 2>/dev/null ;;
      esac
      ;;
  esac
  wait $controller 2>/dev/null
  nothing_left "$1 killed after $delay s" "$before"
  if [ -f "$dir/plan.json" ]; then
    "$bin/bpftax" measure --resume "$dir" >"$dir.resume" 2>&1
  else
    "$bin/bpftax" measure --blocks 2 --window 1s --attribution-starts 1 --workloads "$workloads" --out "$dir" -- "$bin/bpftax-probe" packet-count >"$dir.resume" 2>&1
  fi
  local resumed=$?
  if too_busy "$dir" "$dir.resume" && [ "${busy:-0}" -lt 5 ]; then
    busy=$((${busy:-0} + 1))
    note "$1 round $2: the machine is too busy to measure, the round is made again"
    rm -rf "$dir"
    kill_round "$1" "$2"
    return
  fi
  [ $resumed = 0 ] || tail -n 5 "$dir.resume" | sed 's/^/  | /'
  expect "$1 round $2: resume ends well" test $resumed = 0
  expect "$1 round $2: every window once" windows_once "$dir" "$windows"
  nothing_left "$1 round $2: after resume" "$before"
  rm -rf "$dir"
}

for round in $(seq 1 "$times"); do
  for victim in ${VICTIMS:-controller agent}; do kill_round "$victim" "$round"; done
done

# Everything at once: only `bpftax clean` can help then.
start "$work/all" --blocks 2 --window 1s --attribution-starts 1 --workloads tcp_rr --out "$work/all" -- "$bin/bpftax-probe" packet-count
sleep 4
agent_pids
kill -9 $controller $keeper $worker 2>/dev/null
wait $controller 2>/dev/null
# A signal takes effect a moment after it was sent, and `clean` leaves alone what is at work.
for pid in $keeper $worker; do while grep -qsE '^State:\s+[^ZX]' "/proc/$pid/status"; do sleep 0.02; done; done
run_bpftax clean clean
expect_code clean 0
sed 's/^/  | /' "$work/clean.out"
nothing_left "everything killed, then clean" "$before"
finish
