#!/usr/bin/env bash
# bench.sh: bpftax bench from end to end: a short run, the same again compared with it, an interrupt, a kill -9 of the
# controller; nothing is left, and what was measured is on disk.
. "$(dirname "$0")/lib.sh"
before=$(bpf_programs)
short=(bench maps --types hash,array --side program,user --entries 256 --runs 3 --samples 2)
long=(bench maps --types hash --side program --runs 500 --samples 2)

json() { jq -e "$2" "$work/$1/bench.json" >/dev/null; }

# Until a repetition of the run in that folder is on disk.
wait_for_repetition() { # DIR
  local i
  for i in $(seq 200); do
    [ ! -s "$work/$1/bench.json" ] || return 0
    sleep 0.1
  done
  return 1
}

run_bpftax first "${short[@]}" --seed 7 --out "$work/first"
expect_code first 0
expect_text first 'in the program, idle: ns for one operation'
expect_text first 'from user space, idle: ns for one operation'
expect "first: a document" json first '.schema == "bpftax.bench/1" and .seed == 7'
expect "first: lookups of both types are measured, with intervals and floors" json first \
  '[.results[] | select(.op == "lookup" and .side == "program" and .ns_per_op > 0 and .ci_low != null and .floor_ns > 0)
    | .map_type] | sort == ["array", "hash"]'
expect "first: floors are rows" json first 'any(.results[]; .floor and .ns_per_op > 0)'
expect "first: nothing is invalid" json first 'all(.results[]; .status != "invalid")'
expect "first: three processes of each row" json first 'all(.results[] | select(.status == "measured"); .processes == 3)'
expect "first: CSV, page and journal" test -s "$work/first/bench.csv" -a -s "$work/first/bench.html" \
  -a -s "$work/first/journal.jsonl"
nothing_left "first" "$before"

run_bpftax again "${short[@]}" --out "$work/again" --json -
expect_code again 0
expect "again: --json - is the document" test "$(jq -r .schema "$work/again.out")" = bpftax.bench/1
run_bpftax compared bench compare "$work/first" "$work/again"
expect_code compared 0
expect_text compared 'times whose intervals overlap: [0-9]+ of [0-9]+'
run_bpftax taken "${short[@]}" --out "$work/first"
expect_code taken 2
expect_error_form taken

"$bin/bpftax" "${long[@]}" --out "$work/stopped" >"$work/stopped.out" 2>"$work/stopped.err" &
controller=$!
expect "stopped: a repetition is on disk before the next one" wait_for_repetition stopped
kill -TERM $controller  # SIGINT is ignored in background jobs
wait $controller
code=$?
expect_code stopped 130
expect "stopped: what was measured is there, and said to be incomplete" json stopped \
  'any(.results[]; .status == "measured") and any(.warnings[]; test("interrupted after"))'
nothing_left "stopped" "$before"

"$bin/bpftax" "${long[@]}" --out "$work/killed" >"$work/killed.out" 2>&1 &
controller=$!
expect "killed: a repetition is on disk before the next one" wait_for_repetition killed
kill -9 $controller
wait $controller 2>/dev/null
nothing_left "killed" "$before"
expect "killed: the last repetition is there, and said to be incomplete" json killed \
  'any(.results[]; .status == "measured") and any(.warnings[]; test("not finished"))'
finish
