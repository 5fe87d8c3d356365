#!/usr/bin/env bash
# campaign_kill.sh [TIMES]: kill -9 of the controller at random moments of a campaign over SSH; within 10 s nothing of ours
# runs on either host, and --resume completes it with every planned window present once.
. "$(dirname "$0")/ssh_lib.sh"
times=${1:-2}
RANDOM=${SEED:-815}
write_minimal_input
echo 'performance_tests: {latency: {duration: 1, tcp_rr: {}}}' >"$work/performance.yaml"
cat >"$work/tools.yaml" <<'YAML'
tools:
  categories:
    reference:
      environment: host
      tools:
        - {script: packet-count, template: "bpftax-probe packet-count"}
YAML
run_bpftax discover discover "$work/minimal-input.yaml" -o "$work/config" --tools "$work/tools.yaml" \
  --performance-tests "$work/performance.yaml" --ssh-config "$ssh_config"
expect_code discover 0
full=$work/config/ns-lab-full.yaml
cat >>"$full" <<'YAML'
measurement: {min_blocks: 2, max_blocks: 2, attribution: false, ready_timeout: 4}
monitors:
  - {name: uptime, command: "cat /proc/uptime", interval: 0.5, lifecycle: case}
YAML
for round in $(seq 1 "$times"); do
  dir=$work/kill-$round
  delay=$(awk -v r=$RANDOM 'BEGIN { printf "%.2f", 0.3 + r / 32768 * 14 }')
  "$bin/bpftax" run "$full" --seed "$round" --out "$dir" --ssh-config "$ssh_config" >"$dir.log" 2>&1 &
  controller=$!
  sleep "$delay"
  kill -9 $controller 2>/dev/null
  wait $controller 2>/dev/null
  hosts_are_clean "round $round: killed after $delay s"
  if [ -f "$dir/plan.json" ]; then
    run_bpftax "resume-$round" run --resume "$dir" --ssh-config "$ssh_config"
  else
    run_bpftax "resume-$round" run "$full" --seed "$round" --out "$dir" --ssh-config "$ssh_config"
  fi
  expect_code "resume-$round" 0
  expect "round $round: every window once" part_windows_once "$dir" 6
  hosts_are_clean "round $round: after resume"
  rm -rf "$dir"
done
finish
