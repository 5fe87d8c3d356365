"""Compares the files of an analysis with the raw files, and with each other."""
import csv
import json
import math
import os
import re
import statistics

from raw_values import TABLES, expected_rows

FIRST = "Tool Case,Protocol,Direction,"
T_975 = {2: 12.706204736175, 3: 4.302652729749, 4: 3.182446305284}  # Student's t, n - 1 degrees of freedom
TOLERANCE = 0.005000001

problems = []


def complain(text):
    problems.append(text)


def same(text, value):
    if text == "N/A" or value is None:
        return text == "N/A" and value is None
    return abs(float(text) - value) <= TOLERANCE


def human(text):
    units = {"B": 1, "KiB": 1024, "MiB": 1024 ** 2, "GiB": 1024 ** 3}
    if text == "N/A":
        return None
    size, unit = text.split()
    return float(size) * units[unit]


def read_table(path, table):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    if text.split("\n", 1)[0] != FIRST + TABLES[table]:
        complain(f"{path}: the header is {text.splitlines()[0]!r}")
    return {row["Tool Case"]: row for row in csv.DictReader(text.splitlines())}


def iterations_of(tree):
    return sorted(name for name in os.listdir(tree) if name.startswith("iteration_"))


def compare_tables(tree, out):
    compared = 0
    for iteration in iterations_of(tree):
        expected = expected_rows(os.path.join(tree, iteration))
        for table, cases in expected.items():
            path = os.path.join(out, f"pktcount_{table}_{iteration}.csv")
            rows = read_table(path, table)
            if set(rows) != set(cases):
                complain(f"{path}: cases {sorted(rows)} instead of {sorted(cases)}")
                continue
            for case, values in cases.items():
                if (rows[case]["Protocol"], rows[case]["Direction"]) != ("tcp", "rx"):
                    complain(f"{path}: {case}: protocol or direction")
                for title, value in zip(TABLES[table].split(","), values):
                    text = rows[case][title]
                    compared += 1
                    if title == "Log Size (Human)":
                        shown = human(text)
                        if (shown is None) != (value is None) or (value and abs(shown / value - 1) > 0.01):
                            complain(f"{path}: {case}: {title}: {text!r}, expected about {value}")
                    elif not same(text, value):
                        complain(f"{path}: {case}: {title}: {text!r}, expected {value}")
    return compared


# ---- aggregated/ and comparisons.csv ----

def interval(values):
    middle, sd = statistics.fmean(values), statistics.stdev(values)
    half = T_975[len(values)] * sd / math.sqrt(len(values))
    return middle, sd, middle - half, middle + half


def compare_aggregated(tree, out, dead_iterations=()):
    """dead_iterations: those whose tools did not run; they are left out."""
    compared = 0
    alive = [name not in dead_iterations for name in iterations_of(tree)]
    per_iteration = [expected_rows(os.path.join(tree, name)) for name in iterations_of(tree)]
    for table, titles in TABLES.items():
        with open(os.path.join(out, "aggregated", f"pktcount_{table}.csv"), encoding="utf-8", newline="") as file:
            rows = {(row["Tool Case"], row["Column"]): row for row in csv.DictReader(file)}
        for case in per_iteration[0][table]:
            for index, title in enumerate(titles.split(",")):
                if title == "Log Size (Human)":
                    continue
                seen = [rows_of[table][case][index] for rows_of in per_iteration]
                values = [value for value, used in zip(seen, alive) if used and value is not None]
                row = rows[case, title]
                wanted = {"Iterations": len(seen), "n": len(values)}
                wanted["Mean"] = statistics.fmean(values) if values else None
                middle = interval(values) if len(values) > 1 else (None,) * 4
                wanted.update({"Standard Deviation": middle[1], "CI Low": middle[2], "CI High": middle[3]})
                for name, value in wanted.items():
                    compared += 1
                    slack = TOLERANCE + (1e-9 * abs(value) if value is not None else 0)
                    text = row[name]
                    if (text == "N/A") != (value is None) or (value is not None and abs(float(text) - value) > slack):
                        complain(f"aggregated {table}: {case}: {title}: {name} is {text!r}, expected {value}")
    return compared


METRICS = {  # (workload, metric) -> (table, column of the case, column of the baseline, better)
    ("tcp_rr", "latency_mean_us"): ("latency", 1, 3, "lower"),
    ("udp_rr", "latency_mean_us"): ("latency", 6, 8, "lower"),
    ("tcp_stream", "throughput_gbps"): ("throughput", 6, 7, "higher"),
    ("tcp_stream_4", "throughput_gbps"): ("throughput", 9, 10, "higher"),
    ("tcp_pps", "writes_per_s"): ("pps", 6, 7, "higher"),
    ("tcp_pps_4", "writes_per_s"): ("pps", 9, 10, "higher"),
}


def overhead(effect, better):
    return 100 * (math.exp(effect) - 1) if better == "lower" else 100 * (1 - math.exp(-effect))


def close(text, value, what):
    if text == "" or value is None:
        if text != "" or value is not None:
            complain(f"comparisons.csv: {what}: {text!r}, expected {value}")
    elif abs(float(text) - value) > 1e-9 + 1e-9 * abs(value):
        complain(f"comparisons.csv: {what}: {text!r}, expected {value}")


def compare_comparisons(tree, out, dead_iterations=()):
    """Means, effects and intervals from the raw files; dead_iterations: those whose tools did not run."""
    compared = 0
    per_iteration = [expected_rows(os.path.join(tree, name)) for name in iterations_of(tree)
                     if name not in dead_iterations]
    with open(os.path.join(out, "comparisons.csv"), encoding="utf-8", newline="") as file:
        rows = {(row["subject"], row["workload"], row["metric"]): row for row in csv.DictReader(file)}
    cases = expected_rows(os.path.join(tree, iterations_of(tree)[0]))["latency"]
    for case in cases:
        for (workload, metric), (table, column, base_column, better) in METRICS.items():
            row = rows.get((case, workload, metric))
            if row is None:
                complain(f"comparisons.csv: no row {case} {workload} {metric}")
                continue
            pairs = [(r[table][case][base_column], r[table][case][column]) for r in per_iteration]
            pairs = [pair for pair in pairs if None not in pair]
            sign = 1 if better == "lower" else -1
            effects = [sign * math.log(value / base) for base, value in pairs]
            what = f"{case} {workload}"
            compared += 1
            if (row["better"], row["blocks"]) != (better, str(len(pairs))):
                complain(f"comparisons.csv: {what}: {row['better']}, {row['blocks']} blocks; {len(pairs)} expected")
            low = high = None
            if len(effects) > 1:
                _, _, low, high = interval(effects)
                low, high = overhead(low, better), overhead(high, better)
            close(row["overhead_percent"], overhead(statistics.fmean(effects), better) if effects else None, what)
            close(row["ci_low"], low, what + " ci_low")
            close(row["ci_high"], high, what + " ci_high")
            if effects:
                close(row["baseline_mean"], statistics.geometric_mean(base for base, _ in pairs), what + " baseline")
                close(row["subject_mean"], statistics.geometric_mean(value for _, value in pairs), what + " subject")
            verdict = "INCONCLUSIVE" if effects else "INVALID"
            if row["verdict"] != verdict:
                complain(f"comparisons.csv: {what}: {row['verdict']} instead of {verdict}")
    return compared


# ---- the files of one analysis among each other ----

def compare_documents(out):
    """result.json, comparisons.csv and report.md say the same."""
    compared = 0
    with open(os.path.join(out, "result.json"), encoding="utf-8") as file:
        result = json.load(file)
    with open(os.path.join(out, "comparisons.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) != len(result["comparisons"]):
        complain(f"{out}: {len(rows)} rows in comparisons.csv, {len(result['comparisons'])} in result.json")
    for row, of_result in zip(rows, result["comparisons"]):
        for name, value in of_result.items():
            if name == "samples":
                if name in row:
                    complain(f"{out}: comparisons.csv has samples")
                continue
            text = row[name]
            compared += 1
            if value is None:
                good = text == ""
            elif isinstance(value, bool):
                good = text == str(value).lower()
            elif isinstance(value, (int, float)):
                good = text != "" and float(text) == value
            elif isinstance(value, list):
                good = text == "; ".join(str(item) for item in value)
            else:
                good = text == value
            if not good:
                complain(f"{out}: {of_result['subject']} {of_result['workload']} {name}: {text!r} in "
                         f"comparisons.csv, {value!r} in result.json")
    with open(os.path.join(out, "report.md"), encoding="utf-8") as file:
        report = file.read()
    verdicts = report[report.index("## Verdicts"):]
    verdicts = verdicts[:verdicts.index("\n## ", 5)]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
             for line in verdicts.splitlines() if line.startswith("| ")]
    cells = [row for row in cells[1:] if not row[8].startswith("INVALID: ")]
    primary = [row for subject in result["subjects"] for row in result["comparisons"]
               if row["subject"] == subject["id"] and row["primary"]]
    if len(cells) != len(primary):
        complain(f"{out}: report.md has {len(cells)} verdicts, result.json {len(primary)}")
    for shown, row in zip(cells, primary):
        compared += 1
        what = f"{out}: report.md: {row['subject']} {row['workload']}"
        if shown[8] != row["verdict"] or shown[1].replace("\\", "") != row["workload"]:
            complain(f"{what}: {shown}")
        for text, value in ((shown[3], row["baseline_mean"]), (shown[4], row["subject_mean"]),
                            (shown[5], row["overhead_percent"])):
            rounded_to(text, value, what)
    return compared


def rounded_to(text, value, what):
    """The text is the value, rounded to what is printed of it."""
    if value is None:
        if not text.startswith("?"):
            complain(f"{what}: {text!r} for an unknown value")
        return
    found = re.match(r"([+-]?[\d.]+)([kMG]?)", text)
    if not found:
        complain(f"{what}: {text!r} for {value}")
        return
    scale = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[found.group(2)]
    digits = found.group(1).partition(".")[2]
    step = scale * 10 ** -len(digits)
    if abs(float(found.group(1)) * scale - value) > 0.501 * step:
        complain(f"{what}: {text!r} for {value}")
