# Helpers of the end-to-end tests. A test sources this file, calls checks, and ends with `finish`.
# BPFTAX_BIN: folder of the binaries under test.
set -u

# A /run of our own (names of namespaces, ledgers), and a mark in the environment of all we start: what others do on this
# machine at the same time is not taken for ours.
if [ -z "${BPFTAX_E2E_MARK:-}" ] && [ "$(id -u)" = 0 ]; then
  export BPFTAX_E2E_MARK="$$-$RANDOM"
  exec unshare --mount --propagation private bash -c '
    mount -t tmpfs none /run && mkdir /run/netns /run/bpftax /run/lock && exec "$@"' \
    unshare "$0" "$@"
fi

bin=${BPFTAX_BIN:?set BPFTAX_BIN to the folder of the binaries}
for program in jq bpftool ip; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null || { echo "FAIL $program is missing: ./dev setup test"; exit 1; }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/bpftax-e2e.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0
# ASan's leak check needs ptrace, which a killed process cannot give; leaks are looked for in the unit tests.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}

note() { printf '  %s\n' "$*"; }
pass() { printf 'ok   %s\n' "$*"; }
flunk() {
  printf 'FAIL %s\n' "$*"
  failures=$((failures + 1))
}
finish() {
  [ "$failures" = 0 ] || { printf '%s checks failed\n' "$failures"; exit 1; }
  printf 'all checks passed\n'
}

# expect NAME CONDITION...: the command must succeed.
expect() {
  local name=$1
  shift
  if "$@"; then pass "$name"; else
    flunk "$name"
    note "failed: $*"
  fi
}

# run_bpftax NAME ARGS...: runs it, keeps $work/NAME.out and .err, sets $code.
run_bpftax() {
  local name=$1
  shift
  "$bin/bpftax" "$@" >"$work/$name.out" 2>"$work/$name.err"
  code=$?
}

# Did so many blocks have to be dropped that the run ended without those it wanted? Its journal and what it printed say so.
too_busy() { # DIR OUTPUT
  grep -qsE 'blocks (in a row )?had to be dropped' "$2" "$1/journal.jsonl" "$1"/parts/*/journal.jsonl
}

# measure_fresh NAME DIR ARGS...: a new run in DIR. A machine that is too busy drops every block, rightly, and says so;
# the run is then made again, a few times. Any other outcome stands.
measure_fresh() {
  local name=$1 dir=$2 try
  shift 2
  for try in 1 2 3 4; do
    rm -rf "$dir"
    run_bpftax "$name" measure --out "$dir" "$@"
    too_busy "$dir" "$work/$name.err" || return 0
    note "$name: the machine is too busy to measure, try $try"
    sleep 5
  done
}

expect_code() { # NAME WANTED
  if [ "$code" = "$2" ]; then pass "$1: exit code $2"; else
    flunk "$1: exit code $code instead of $2"
    tail -n 20 "$work/$1.err" "$work/$1.out" | sed 's/^/  | /'
  fi
}

expect_text() { # NAME PATTERN (extended regular expression, in stdout or stderr)
  if grep -qE -- "$2" "$work/$1.out" "$work/$1.err"; then pass "$1: says '$2'"; else
    flunk "$1: does not say '$2'"
    tail -n 20 "$work/$1.err" | sed 's/^/  | /'
  fi
}

# Every error has the form of the promise: "bpftax: error: ...", and a hint.
expect_error_form() { # NAME
  if grep -qE '^bpftax: error: .+' "$work/$1.err" && grep -qE '^hint: .+' "$work/$1.err"; then
    pass "$1: error form"
  else
    flunk "$1: error form"
    sed 's/^/  | /' "$work/$1.err" | tail -n 5
  fi
}

# Does that process carry our mark?
marked() { grep -qzFx "BPFTAX_E2E_MARK=${BPFTAX_E2E_MARK:-}" "/proc/$1/environ" 2>/dev/null; }

# Ids of all BPF programs that may be ours, one a line: held by nobody (pinned, attached), or by a marked process, directly
# or through a link.
bpf_programs() {
  local id holders pid
  {
    PATH="$PATH:/usr/sbin:/sbin" bpftool -j prog list 2>/dev/null
    PATH="$PATH:/usr/sbin:/sbin" bpftool -j link list 2>/dev/null
  } | jq -rs '(.[1] // []) as $links | .[0][]? | .id as $id
      | "\($id) \([.pids[]?.pid, ($links[] | select(.prog_id == $id) | .pids[]?.pid)] | join(" "))"' |
    while read -r id holders; do
      [ -n "$holders" ] || echo "$id"
      for pid in $holders; do
        if marked "$pid"; then echo "$id"; break; fi
      done
    done | sort
}

# Everything of ours that exists now: processes (by their mark), namespaces, links, ledgers. Prints it.
ours() {
  local pid args
  for pid in /proc/[0-9]*; do
    pid=${pid#/proc/}
    args=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")
    case "$args" in
      *bpftax-agent* | *bpftax-probe* | *bin/bpftax\ * | *iperf3* | *netperf* | *netserver* | *bpftrace*)
        ! marked "$pid" || echo "process $pid $args"
        ;;
    esac
    if marked "$pid" && grep -qzE '^BPFTAX_RUN=' "/proc/$pid/environ" 2>/dev/null; then echo "process $pid $args"; fi
  done
  ls -d /run/netns/bpftax-* 2>/dev/null
  ls /run/bpftax/*.own 2>/dev/null
  return 0
}

# nothing_left NAME PROGRAMS_BEFORE: within 10 s all of it is gone and no program more is loaded than before.
nothing_left() {
  local deadline=$((SECONDS + 10)) left extra now
  extra=$(comm -13 <(printf '%s\n' "$2") <(bpf_programs))
  while :; do
    left=$(ours)
    # What others load and unload meanwhile is not there at every look.
    now=$(bpf_programs)
    extra=$(comm -12 <(printf '%s\n' "$extra") <(printf '%s\n' "$now") | grep .)
    [ -n "$left$extra" ] || break
    [ $SECONDS -lt $deadline ] || break
    sleep 0.1
  done
  if [ -z "$left$extra" ]; then pass "$1: nothing is left"; else
    flunk "$1: left behind:"
    printf '%s\n' "$left" "program ids: $extra" | sed 's/^/  | /'
  fi
}

# Timed windows of the blocks that count (not dropped), one key "block arm workload" a line.
timed_windows() {
  jq -rs '[.[] | select(.type == "block_end" and .valid) | .block] as $valid
    | .[] | select(.type == "window") | .window | select(.purpose == "timed")
    | select(.block as $block | $valid | index($block)) | "\(.block) \(.arm) \(.workload)"' "$1/journal.jsonl"
}

# windows_once DIR N: N of them, none twice.
windows_once() {
  [ "$(timed_windows "$1" | sort | uniq -d | wc -l)" = 0 ] && [ "$(timed_windows "$1" | wc -l)" = "$2" ] && return
  note "$(timed_windows "$1" | wc -l) windows instead of $2; the journal:"
  jq -c 'if .type == "window" then [.type, .window.block, .window.arm, .window.workload, .window.valid] else
    [.type, .block, .valid, .interrupted, .reason, .arm, .phase] end' "$1/journal.jsonl" | sed 's/^/  | /'
  return 1
}
