#!/usr/bin/env bash
# Bad input: the error form, the right exit code, nothing left behind.
. "$(dirname "$0")/lib.sh"
before=$(bpf_programs)

check_usage() { # NAME ARGS...
  local name=$1
  shift
  run_bpftax "$name" "$@"
  expect_code "$name" 2
  expect_error_form "$name"
}

check_usage no-command
check_usage unknown-command mesure
expect_text unknown-command "did you mean 'measure'"
check_usage unknown-option measure --wndow 2s -- true
expect_text unknown-option "did you mean --window"
check_usage nothing measure
check_usage bad-duration measure --window '2 fortnights' -- true
check_usage bad-workload measure --workloads tcp_steam -- true
expect_text bad-workload "tcp_stream"
check_usage bad-margin measure --margin throughput_gbp=3 -- true
expect_text bad-margin "throughput_gbps"
check_usage bad-blocks measure --blocks 9..3 -- true
check_usage bad-ready measure --ready soon -- true
check_usage bad-regex measure --ready 'line:(' -- true
check_usage resume-nothing measure --resume "$work/no-such-run"
check_usage resume-with-a-plan measure --resume "$work/no-such-run" --quiet --window 3s
expect_text resume-with-a-plan "--window"
check_usage resume-with-a-tool measure --resume "$work/no-such-run" -- true
: >"$work/file"
check_usage out-is-a-file measure --out "$work/file" --quick -- true
check_usage out-below-a-file measure --out "$work/file/below" --quick -- true
mkdir "$work/used"
echo '{}' >"$work/used/journal.jsonl"
check_usage out-is-used measure --out "$work/used" --quick -- true

run_bpftax missing-tool measure --quick --out "$work/missing-tool.run" -- "$work/no-such-tool"
expect_code missing-tool 3
expect_error_form missing-tool
expect_text missing-tool "No such file or directory"

run_bpftax no-iperf3 measure --help
expect_code no-iperf3 0
mkdir "$work/path"
for tool in ip sleep sh netperf netserver head cat env true; do
  ln -s "$(PATH=$PATH:/usr/sbin:/sbin command -v $tool)" "$work/path/$tool" 2>/dev/null
done
PATH="$work/path" BPFTAX_TOOL_PATH="$work/path" "$bin/bpftax" measure --quick --workloads tcp_stream --out "$work/no-iperf3.run" -- sleep 1 \
  >"$work/no-iperf3.out" 2>"$work/no-iperf3.err"
code=$?
expect_code no-iperf3 3
expect_error_form no-iperf3
expect_text no-iperf3 "iperf3"

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  mkdir -p "$work/nobody"
  chmod 777 "$work/nobody"
  chmod 755 "$work"
  cp "$bin/bpftax" "$bin/bpftax-agent" "$work/nobody/"
  (cd "$work/nobody" && setpriv --reuid 65534 --regid 65534 --clear-groups ./bpftax measure --quick -- true) \
    >"$work/no-root.out" 2>"$work/no-root.err"
  code=$?
  expect_code no-root 3
  expect_error_form no-root
  expect_text no-root "root|privilege|CAP_"
fi

if mkdir "$work/small" && mount -t tmpfs -o size=1m tmpfs "$work/small" 2>/dev/null; then
  head -c 1000000 /dev/zero >"$work/small/filler"
  run_bpftax disk-full measure --quick --out "$work/small/run" -- "$bin/bpftax-probe" packet-count
  umount "$work/small"
  expect_code disk-full 3
  expect_error_form disk-full
  expect_text disk-full "No space left|space"
else
  note "disk-full is not checked: tmpfs cannot be mounted here"
fi

if mkdir "$work/read-only" && mount --bind "$work/read-only" "$work/read-only" 2>/dev/null &&
  mount -o remount,bind,ro "$work/read-only" 2>/dev/null; then
  check_usage read-only measure --quick --out "$work/read-only/run" -- true
  umount "$work/read-only"
  expect_text read-only "Read-only file system"
else
  note "read-only is not checked: nothing can be mounted here"
fi

# No tracefs: in a mount namespace of its own, what is mounted here stays.
without_tracefs() {
  unshare --mount --propagation private sh -c '
    umount -l /sys/kernel/debug/tracing /sys/kernel/debug /sys/kernel/tracing 2>/dev/null
    [ ! -e /sys/kernel/tracing/events ] && [ ! -e /sys/kernel/debug/tracing/events ] && exec "$@"' sh "$@"
}
if without_tracefs true 2>/dev/null; then
  without_tracefs "$bin/bpftax" measure --quick --workloads tcp_rr --out "$work/no-tracefs.run" -- \
    "$bin/bpftax-probe" packet-count --attach tracepoint >"$work/no-tracefs.out" 2>"$work/no-tracefs.err"
  code=$?
  expect_code no-tracefs 3
  expect_error_form no-tracefs
  expect_text no-tracefs "warning: tracefs: not mounted"
  expect_text no-tracefs "tracefs does not show the tracepoints"
else
  note "no-tracefs is not checked: it cannot be unmounted here"
fi

# A port in use: the servers of measure run in namespaces made for the run, where nobody else can take a port. See
# agent_listen_test and engine_test.

nothing_left errors "$before"
finish
