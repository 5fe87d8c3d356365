#!/usr/bin/python3
"""Works out the values of `bpftax analyze` a second time, from the raw files and without any code of bpftax.

    check_values.py compare TREE OUT     every value of OUT's CSV files against TREE (a folder of iterations)
    check_values.py test BPFTAX DATA     runs BPFTAX on copies of DATA (the origin framework's results): as they are,
                                         and with files removed, cut, emptied and replaced
Standard library only. Exit code 1 and a line for each difference.
"""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

from compare_files import (compare_aggregated, compare_comparisons, compare_documents, compare_tables, complain,
                           problems)


def analyze(bpftax, tree, out, *options):
    done = subprocess.run([bpftax, "analyze", tree, "-o", out, "--json", "-", *options], capture_output=True,
                          text=True, timeout=120, check=False)
    if done.returncode != 0:
        complain(f"{tree}: exit code {done.returncode}: {done.stderr}")
        return {"warnings": []}
    return json.loads(done.stdout)


def one_file(tree, *parts):
    """The file of the tree whose path has all these parts."""
    found = [os.path.join(folder, name) for folder, _, names in os.walk(tree) for name in names
             if all(part in os.path.join(folder, name) for part in parts)]
    assert len(found) == 1, (parts, found)
    return found[0]


def writable(tree):
    for folder, folders, names in os.walk(tree):
        for name in folders + names:
            os.chmod(os.path.join(folder, name), 0o755)


def scale_iteration(iteration, random_numbers):
    """Other values of the same form: every rate and latency times a factor of its own."""
    for folder, _, names in os.walk(iteration):
        for name in names:
            path = os.path.join(folder, name)
            factor = random_numbers.uniform(0.8, 1.25)
            if name.endswith(".json"):
                with open(path, encoding="utf-8") as file:
                    document = json.load(file)
                for side in ("sum_sent", "sum_received"):
                    for member in ("bits_per_second", "bytes"):
                        document["end"][side][member] = int(document["end"][side][member] * factor)
                for stream in document["end"]["streams"]:
                    for side in ("sender", "receiver"):
                        for member in ("bits_per_second", "bytes"):
                            stream[side][member] = int(stream[side][member] * factor)
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(document, file)
            elif name.startswith("latency_"):
                with open(path, encoding="utf-8") as file:
                    lines = file.read().splitlines()
                low, mean, high = (float(value) * factor for value in lines[-1].split(","))
                lines[-1] = f"{round(low)},{mean:.2f},{round(high)}"
                with open(path, "w", encoding="utf-8") as file:
                    file.write("\n".join(lines) + "\n")


def cut(path):
    with open(path, "rb") as file:
        data = file.read()
    with open(path, "wb") as file:
        file.write(data[:len(data) // 2])


def replace(text):
    def write(path):
        with open(path, "wb") as file:
            file.write(text)
    return write


def change_rate(value):
    def write(path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        document = json.loads(text)
        for side in ("sum_sent", "sum_received"):
            document["end"][side]["bits_per_second"] = value
            document["end"][side]["bytes"] = value
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
    return write


def damages():
    garbage = random.Random(7).randbytes(5000)
    yield "removed", os.remove
    yield "cut", cut
    yield "emptied", replace(b"")
    yield "garbage", replace(garbage)
    yield "another document", replace(b'{"end": {}}')
    yield "an array", replace(b"[1, 2, 3]")
    yield "iperf3's error", replace(b'{"start": {}, "error": "unable to connect to server"}')
    yield "negative", change_rate(-5e9)
    yield "nan", change_rate(float("nan"))


TARGETS = [
    ("a stream of a case", ("host-client", "case_1", "throughput/multi_4", "stream_3_port_5003.json")),
    ("a stream of the baseline", ("host-client", "baseline", "pps/multi_4", "stream_2_port_5002.json")),
    ("the only stream", ("host-client", "case_2", "pps/single", "pps_single_tcp.json")),
    ("a latency", ("host-client", "case_2", "latency_udp_rr.txt")),
    ("a latency of the baseline", ("host-client", "baseline", "latency_tcp_rr.txt")),
]


def refused(bpftax, what, *arguments):
    """A usage error: exit code 2, and a message that names what is wrong."""
    done = subprocess.run([bpftax, "analyze", *arguments], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 2 or not done.stderr.startswith("bpftax: error: ") or what not in done.stderr:
        complain(f"analyze {arguments}: exit code {done.returncode}, {done.stderr!r}")


def test_refusals(bpftax, tree, work):
    refused(bpftax, "nowhere", os.path.join(work, "nowhere"), "-o", os.path.join(work, "out-none"))
    os.mkdir(os.path.join(work, "empty"))
    refused(bpftax, "no results", os.path.join(work, "empty"), "-o", os.path.join(work, "out-none"))
    refused(bpftax, "never written to", tree, "-o", os.path.join(tree, "analysis"))
    refused(bpftax, "/proc/none", tree, "-o", "/proc/none")
    refused(bpftax, "jsno", tree, "-o", os.path.join(work, "out-none"), "--format", "csv,jsno")
    mine = os.path.join(work, "mine")
    os.mkdir(mine)
    with open(os.path.join(mine, "comparisons.csv"), "w", encoding="utf-8") as file:
        file.write("mine")
    refused(bpftax, "comparisons.csv", tree, "-o", mine)
    if os.path.exists(os.path.join(work, "out-none")) or os.listdir(mine) != ["comparisons.csv"]:
        complain("something was written though the command was refused")


def test_again(bpftax, tree, out, work):
    """A result.json is analysed as well as the tree it came from; a second analysis leaves nothing of the first."""
    with open(os.path.join(out, "comparisons.csv"), encoding="utf-8") as file:
        first = file.read()
    again = os.path.join(work, "out-again")
    analyze(bpftax, out, again)
    with open(os.path.join(again, "comparisons.csv"), encoding="utf-8") as file:
        if file.read() != first:
            complain("comparisons.csv of the result.json is not that of the tree")
    told = analyze(bpftax, tree, again, "--format", "csv")
    left = {os.path.relpath(os.path.join(folder, name), again) for folder, _, names in os.walk(again)
            for name in names}
    if left != {"analysis.json", *told["files"]} or not told["removed"]:
        complain(f"files of the first analysis are left: {sorted(left - set(told['files']))}")


def test_hostile_names(bpftax, single, work):
    """Names that mean something elsewhere."""
    tree = os.path.join(work, "hostile")
    shutil.copytree(single, tree)
    names = ["<script>alert(1)<", "=cmd|'x'!A0", "a b;$(id)", "\u202eevil", "x" * 180, "..x"]
    for host in ("host-client", "host-server"):
        folder = os.path.join(tree, "iteration_002", host, "performance-test-results", "ebpf")
        for index, name in enumerate(names, 3):
            shutil.copytree(os.path.join(folder, "pktcount_case_1_tcp_rx_9d5e19"),
                            os.path.join(folder, f"{name}_case_{index}_tcp_rx_9d5e19"))
    around = os.path.join(work, "around")
    os.mkdir(around)
    told = analyze(bpftax, tree, os.path.join(around, "out"))
    if os.listdir(around) != ["out"]:
        complain(f"written outside of OUT: {os.listdir(around)}")
    if told.get("cases") != 2 + len(names):
        complain(f"{told.get('cases')} cases of {2 + len(names)}: {told['warnings']}")
    for folder, _, found in os.walk(around):
        for name in found:
            if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
                complain(f"a file is called {name!r}")
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text = file.read()
            if name.endswith((".md", ".html")) and "<script>alert" in text:
                complain(f"{name}: markup from outside")
            if name.endswith(".csv") and re.search(r"(^|,)=cmd", text, re.MULTILINE):
                complain(f"{name}: a formula from outside")


def test(bpftax, data):
    with tempfile.TemporaryDirectory(prefix="bpftax-analyze-") as work:
        whole = os.path.join(work, "whole")
        shutil.copytree(data, whole)
        writable(whole)
        out = os.path.join(work, "out-whole")
        told = analyze(bpftax, whole, out)
        dead = ("iteration_001",)
        counts = [compare_tables(whole, out), compare_aggregated(whole, out, dead),
                  compare_comparisons(whole, out, dead), compare_documents(out)]
        print("as it is:", counts, "values")
        codes = {warning["code"] for warning in told["warnings"]}
        if "tool-died" not in codes:
            complain(f"no warning of the tools that died in iteration_001: {sorted(codes)}")

        many = os.path.join(work, "many")
        numbers = random.Random(11)
        for name in ("iteration_001", "iteration_002", "iteration_003"):
            shutil.copytree(os.path.join(whole, "iteration_002"), os.path.join(many, name))
            scale_iteration(os.path.join(many, name), numbers)
        out = os.path.join(work, "out-many")
        analyze(bpftax, many, out)
        print("three iterations:", [compare_tables(many, out), compare_aggregated(many, out),
                                    compare_comparisons(many, out), compare_documents(out)], "values")

        test_refusals(bpftax, many, work)
        test_again(bpftax, many, out, work)

        single = os.path.join(work, "single")
        shutil.copytree(os.path.join(whole, "iteration_002"), os.path.join(single, "iteration_002"))
        test_hostile_names(bpftax, single, work)
        for target, parts in TARGETS:
            for damage, do in damages():
                if damage in ("negative", "nan") and parts[-1].endswith(".txt"):
                    continue
                tree = os.path.join(work, "damaged")
                shutil.rmtree(tree, ignore_errors=True)
                shutil.copytree(single, tree)
                path = one_file(tree, *parts)
                do(path)
                out = os.path.join(work, "out-damaged")
                shutil.rmtree(out, ignore_errors=True)
                before = len(problems)
                told = analyze(bpftax, tree, out, "--format", "csv,md,json")
                compare_tables(tree, out)
                compare_documents(out)
                named = [w for w in told["warnings"] if os.path.basename(path) in w["file"] + w["text"]]
                folder = os.path.basename(os.path.dirname(path))
                named = named or [w for w in told["warnings"] if folder in w["file"] and damage == "removed"]
                if not named:
                    complain(f"no warning names {parts[-1]}: {[w['code'] for w in told['warnings']]}")
                with open(os.path.join(out, "pktcount_overview_iteration_002.md"), encoding="utf-8") as file:
                    overview = file.read()
                for warning in named:
                    if f"({warning['code'].replace('_', chr(92) + '_')})" not in overview:
                        complain(f"the overview does not have {warning}")
                for index in range(before, len(problems)):
                    problems[index] = f"{target}, {damage}: {problems[index]}"
        print("damaged:", len(TARGETS), "files")


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("compare", "test"):
        sys.exit(__doc__)
    if sys.argv[1] == "test":
        test(os.path.abspath(sys.argv[2]), sys.argv[3])
    else:
        print(compare_tables(sys.argv[2], sys.argv[3]), "values compared")
    for problem in problems:
        print("PROBLEM:", problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
