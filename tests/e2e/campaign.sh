#!/usr/bin/env bash
# campaign.sh [full]: a campaign over SSH as a lab engineer does it: two sshd servers in two namespaces are the hosts;
# discover, plan, run, fetch, validate. Then a session that is killed in mid-run, and an interrupt with resume.
# full: six cases in both directions; otherwise one.
. "$(dirname "$0")/ssh_lib.sh"

# ---- minimal input -> full configuration --------------------------------------------------------------------------
write_minimal_input
tools='packet-count:tcp'
[ "${1:-}" != full ] || tools='packet-count:tcp packet-count:udp latency-summary:tcp latency-details:tcp drop-summary:tcp drop-details:udp'
{
  cat <<'YAML'
tools:
  categories:
    reference:
      environment: host
      directions:
        rx: {SRC_IP: "{host_REMOTE_IP}", DST_IP: "{host_LOCAL_IP}"}
        tx: {SRC_IP: "{host_LOCAL_IP}", DST_IP: "{host_REMOTE_IP}"}
      tools:
YAML
  for tool in $tools; do
    printf '        - {script: "%s", template: "bpftax-probe %s --protocol {protocol} --address {SRC_IP}", parameters: {protocol: [%s]}}\n' \
      "${tool%:*}" "${tool%:*}" "${tool#*:}"
  done
  cat <<YAML
    broken:
      environment: host
      tools:
        - {script: dies, template: "bpftax-probe packet-count & sleep 1.5; kill \$!; exit 7"}
        - {script: never-attaches, template: "sleep 600"}
        - {script: "'; touch $work/pwned; '", template: "bpftax-probe packet-count"}
YAML
} >"$work/tools.yaml"
run_bpftax discover discover "$work/minimal-input.yaml" -o "$work/config" --tools "$work/tools.yaml" \
  --performance-tests "$work/performance.yaml" --ssh-config "$ssh_config"
expect_code discover 0
full=$work/config/ns-lab-full.yaml
expect "discover: the interface of both ends" test "$(grep -cE "^ +interface: $LAB_INTERFACE" "$full")" = 2
cat >>"$full" <<'YAML'
measurement: {min_blocks: 2, max_blocks: 2, attribution: false, ready_timeout: 4, cases_per_block: 8}
hooks:
  global_init: [{name: hello, cmd: "echo {environment} > {workdir}/hello", targets: [server, client]}]
  case_init: [{name: mark, cmd: "echo {tool_id} {case_id} >> {workdir}/cases", condition: "tool_id is not None"}]
monitors:
  - {name: uptime, command: "cat /proc/uptime", interval: 0.5, lifecycle: test}
YAML
run_bpftax cases cases "$full" -o "$work/cases.json"
expect_code cases 0
good=$(jq '[.test_cases[] | select(.category == "reference")] | length' "$work/cases.json")
expect "cases: both directions of each tool" test "$good" = $((2 * $(wc -w <<<"$tools")))

# ---- plan, run, fetch, validate -----------------------------------------------------------------------------------
run_bpftax plan plan "$full" -o "$work/workflow.json" --seed 11
expect_code plan 0
for try in 1 2 3; do
  rm -rf "$work/run"
  run_bpftax run run "$work/workflow.json" --out "$work/run" --ssh-config "$ssh_config"
  too_busy "$work/run" "$work/run.err" || break
  note "run: the machine is too busy to measure, try $try"
done
expect_code run 0
result=$work/run/result.json
expect "run: result.json" jq -e '.schema == "bpftax.result/1"' "$result"
expect "run: every reference case is measured" jq -e --argjson n "$good" '[.subjects[] | select(.status == "measured")] | length == $n + 1' "$result"
expect "run: the tool that dies has a reason and no number" \
  jq -e '(.subjects[] | select(.name | test("dies")) | .status != "measured" and .reason != "") and ([.comparisons[] | select(.subject | test("dies")) | .overhead_percent | select(. != null)] == [])' "$result"
expect "run: the tool that never attaches has a reason" jq -e '.subjects[] | select(.name | test("never.attaches")) | .reason | test("no eBPF program")' "$result"
expect "run: a name is no command" test ! -e "$work/pwned"
expect "run: hooks ran on both hosts" cmp -s "$LAB_SERVER_WORK/hello" "$LAB_CLIENT_WORK/hello"
expect "run: report.html" grep -q '<html' "$work/run/report.html"
hosts_are_clean run
run_bpftax fetch fetch "$work/run" --ssh-config "$ssh_config"
expect_code fetch 0
tree=$work/run/hosts
expect "fetch: client results" test -n "$(find "$tree/host-client" -path '*/baseline/host/client_results/throughput/single_*/throughput_single_tcp.json')"
expect "fetch: latency" test -n "$(find "$tree/host-client" -path '*_tcp_rx_9d5e19/host/client_results/latency/tcp_rr_*/latency_tcp_rr.txt')"
expect "fetch: the tool's output and monitoring" test -n "$(find "$tree/host-server" -path '*_tcp_rx_9d5e19/host/ebpf_output_*.log')" -a \
  -n "$(find "$tree/host-server" -path '*_tcp_rx_9d5e19/host/ebpf_monitoring/tool_cpu_usage_*.log')"
expect "fetch: monitoring of both hosts" test -n "$(find "$tree/host-server" -path '*/monitoring/*')" -a -n "$(find "$tree/host-client" -path '*/monitoring/*')"
expect "fetch: the custom monitor" test -n "$(find "$tree/host-server" -name 'uptime_*.log')"
run_bpftax fetch2 fetch "$work/run" --json "$work/fetch2.json" --ssh-config "$ssh_config"
expect_code fetch2 0
expect "fetch2: nothing is read again" jq -e '[.hosts[].files] | add == 0' "$work/fetch2.json"
run_bpftax validate validate "$work/run"
expect_code validate 0

# ---- a session killed in mid-run costs one arm ---------------------------------------------------------------------
# With one workload: each of the two sessions below runs it once and a bit.
sed '/^ *throughput:/,/^ *latency:/{/^ *latency:/!d}' "$full" >"$work/config/small-full.yaml"
run_bpftax plan-small plan "$work/config/small-full.yaml" -o "$work/small.json" --seed 5 --tools packet-count --direction rx --protocol tcp
expect_code plan-small 0
"$bin/bpftax" run "$work/small.json" --out "$work/lost" --ssh-config "$ssh_config" >"$work/lost.out" 2>"$work/lost.err" &
pid=$!
for _ in $(seq 300); do
  [ "$(grep -c '"type":"window"' "$work"/lost/parts/*/journal.jsonl 2>/dev/null)" -ge 3 ] 2>/dev/null && break
  sleep 0.1
done
for session in $(ssh_lab_sessions "$lab" server); do kill -9 "$session" 2>/dev/null; done
wait $pid
code=$?
expect_code lost 0
expect "lost: every window once" part_windows_once "$work/lost" 6
expect "lost: no block was dropped, one arm at most was begun again" jq -es '
  (map(select(.type == "block_end" and (.valid | not))) | length == 0)
  and (map(select(.type == "arm_start")) | group_by([.block, .arm]) | map(length - 1) | add <= 1)' \
  "$work"/lost/parts/*/journal.jsonl
expect "lost: the journal has the reconnection" grep -q reconnect "$work/lost/journal.jsonl"
hosts_are_clean lost

# ---- an interrupt cleans up everywhere, resume goes on ---------------------------------------------------------------
env --default-signal=INT "$bin/bpftax" run "$work/small.json" --out "$work/int" --ssh-config "$ssh_config" >"$work/int.out" 2>"$work/int.err" &
pid=$!
for _ in $(seq 300); do
  [ "$(grep -c '"type":"window"' "$work"/int/parts/*/journal.jsonl 2>/dev/null)" -ge 3 ] 2>/dev/null && break
  sleep 0.1
done
kill -INT $pid
wait $pid
code=$?
expect_code int 130
expect_text int resume
hosts_are_clean int
run_bpftax resume run --resume "$work/int" --ssh-config "$ssh_config"
expect_code resume 0
expect "resume: every window once" part_windows_once "$work/int" 6
hosts_are_clean resume
finish
