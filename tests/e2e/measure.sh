#!/usr/bin/env bash
# A small real run: every promise about its output; tools that do not work; an interrupt; resume.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
before=$(bpf_programs)

# ---- a working tool -----------------------------------------------------------------------------------------
measure_fresh small "$work/run" --blocks 2 --window 1s --attribution-starts 1 --workloads tcp_stream,tcp_rr,udp_pps --seed 7 --json "$work/copy.json" \
  --tool "count=$bin/bpftax-probe packet-count"
expect_code small 0
result=$work/run/result.json
expect "result.json has the schema" jq -e '.schema == "bpftax.result/1" and .seed == 7' "$result"
expect "--json writes the same" cmp -s "$result" "$work/copy.json"
expect "the subject was measured" jq -e '.subjects[0] | .status == "measured" and .ready_ms > 0 and .left_behind == []' "$result"
expect "its program is named with runs/s and ns/run" jq -e '[.subjects[0].bpf.programs[] | select(.runs_per_s > 0 and .ns_per_run > 0)] | length >= 1' "$result"
expect "map memory is known" jq -e '.subjects[0].bpf.map_bytes > 0' "$result"
expect "each workload has a primary comparison" jq -e '[.comparisons[] | select(.primary) | .workload] | unique | length == 3' "$result"
expect "two blocks are no verdict" jq -e '[.comparisons[].verdict] | unique | inside(["INCONCLUSIVE","SATURATED","INVALID"])' "$result"
expect "every planned window is there once" windows_once "$work/run" 18
expect "report.html is there" grep -q '<html' "$work/run/report.html"
expect "report.md is there" grep -q 'count' "$work/run/report.md"
expect "raw results are kept" test "$(find "$work/run/performance-test-results" -name '*.json' | wc -l)" -gt 10
nothing_left small "$before"

# ---- tools that do not work -----------------------------------------------------------------------------------
run_bpftax bad-probe measure --quick --out "$work/bad" -- bpftrace -e 'tracepoint:net:no_such_probe { }'
expect_code bad-probe 3
expect_text bad-probe "no_such_probe"
expect "bad-probe: no number is printed" jq -e '[.comparisons[]? | .overhead_percent | select(. != null)] | length == 0' "$work/bad/result.json"
nothing_left bad-probe "$before"

run_bpftax no-bpf measure --quick --ready-timeout 2s --out "$work/sleep" -- sleep 600
expect_code no-bpf 3
expect_text no-bpf "no eBPF program appeared"
nothing_left no-bpf "$before"

# ---- a shell-wrapped and a sudo-wrapped tool, one of two broken -------------------------------------------------
wrapped=(--tool "shell=cd / && $bin/bpftax-probe packet-count | cat")
! command -v sudo >/dev/null || wrapped+=(--tool "sudo=sudo -n $bin/bpftax-probe packet-count")
# BCC compiles at start and wants kernel headers: those of Debian's packages, merged, do for a tool that touches no
# kernel structure.
if /usr/bin/python3 -c 'import bcc' 2>/dev/null; then
  mkdir "$work/headers"
  for part in common "$(dpkg --print-architecture)"; do
    for folder in /usr/src/linux-headers-*-"$part"; do cp -rsf "$folder/." "$work/headers/"; done
  done
  wrapped+=(--tool "bcc=BCC_KERNEL_SOURCE=$work/headers $here/bcc_tool.py")
fi
measure_fresh wrapped "$work/wrapped" --blocks 2 --window 1s --attribution-starts 1 --workloads tcp_rr "${wrapped[@]}" \
  --tool 'broken=false' --tool "x'; touch $work/pwned; '=$bin/bpftax-probe packet-count"
expect_code wrapped 0
expect "wrapped tools are measured" jq -e '[.subjects[] | select(.name == "shell" or .name == "sudo" or .name == "bcc") | .status] | unique == ["measured"]' "$work/wrapped/result.json"
expect "the broken one is not" jq -e '.subjects[] | select(.name == "broken") | .status != "measured" and .reason != ""' "$work/wrapped/result.json"
nothing_left wrapped "$before"

# ---- an interrupt, then resume ----------------------------------------------------------------------------------
for try in 1 2 3 4; do
  rm -rf "$work/int"
  # A background job of a script ignores SIGINT; env gives the signal its default back.
  env --default-signal=INT "$bin/bpftax" measure --blocks 2 --window 1s --workloads tcp_rr --out "$work/int" -- "$bin/bpftax-probe" packet-count \
    >"$work/int.out" 2>"$work/int.err" &
  pid=$!
  for _ in $(seq 100); do
    [ "$(grep -c '"type":"window"' "$work/int/journal.jsonl" 2>/dev/null)" -ge 2 ] 2>/dev/null && break
    sleep 0.1
  done
  kill -INT $pid
  wait $pid
  code=$?
  expect_code int 130
  expect_text int "resume"
  nothing_left int "$before"
  run_bpftax resume measure --resume "$work/int"
  too_busy "$work/int" "$work/resume.err" || break
  note "resume: the machine is too busy to measure, try $try"
  sleep 5
done
expect_code resume 0
expect "resume completes every window once" windows_once "$work/int" 6
expect "resume completes three starts for attribution" jq -es '[.[] | select(.type == "attribution" and .window.valid)] | length == 3' "$work/int/journal.jsonl"
expect "resume: attributed time has an interval" jq -e '[.comparisons[] | select(.metric == "latency_mean_us") | .attributed_added_low < .attributed_added_high] == [true]' "$work/int/result.json"
nothing_left resume "$before"
run_bpftax again measure --resume "$work/int"
expect_code again 0
expect "resuming a finished run adds nothing" windows_once "$work/int" 6

finish
