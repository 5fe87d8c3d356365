#!/usr/bin/env python3
"""Reads back what `bpftax gate` wrote: check_exports.py JUNIT.xml METRICS.txt

The JUnit file must be well-formed XML with counts that agree with its test cases. The OpenMetrics file is read by a
strict reader of the text format 1.0, as far as bpftax uses it (gauges), and by the rules of node_exporter's textfile
collector (no timestamps). Prints one JSON object with what was found.
"""
import json
import math
import re
import sys
import xml.etree.ElementTree as ET

CHILDREN = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def read_junit(path):
    root = ET.parse(path).getroot()
    assert root.tag == "testsuites", root.tag
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    cases = []
    for suite in root:
        assert suite.tag == "testsuite", suite.tag
        counts = {key: 0 for key in totals}
        for case in suite.iter("testcase"):
            assert case.get("name") and case.get("classname") and case.get("time")
            counts["tests"] += 1
            outcome = [child.tag for child in case if child.tag in CHILDREN]
            assert len(outcome) <= 1, outcome
            if outcome:
                counts[CHILDREN[outcome[0]]] += 1
            cases.append([case.get("classname"), case.get("name"), outcome[0] if outcome else "pass"])
        assert {key: int(suite.get(key)) for key in counts} == counts, (suite.attrib, counts)
        for key in totals:
            totals[key] += counts[key]
        names = [(case[0], case[1]) for case in cases]
        assert len(set(names)) == len(names) or len(root) > 1, "two test cases of one name"
    assert {key: int(root.get(key)) for key in totals} == totals, (root.attrib, totals)
    return {"totals": totals, "cases": cases}


NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|\})')
NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def read_labels(text):
    labels, at = {}, 1
    if text.startswith("{}"):
        return labels, 2
    while True:
        found = LABEL.match(text, at)
        assert found, text[at:]
        assert found[1] not in labels, found[1]
        labels[found[1]] = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], found[2])
        at = found.end()
        if found[3] == "}":
            return labels, at


def read_openmetrics(path):
    text = open(path, encoding="utf-8", newline="").read()
    assert "\r" not in text and text.endswith("\n# EOF\n") and text.split("\n").count("# EOF") == 1
    families, current, samples = {}, None, {}
    for line in text.split("\n")[:-2]:
        assert line, "an empty line"
        meta = re.fullmatch(rf"# (TYPE|UNIT|HELP) ({NAME}) (.*)", line)
        if meta:
            kind, name, rest = meta.groups()
            if kind == "TYPE":
                assert name not in families, "a family twice: " + name
                assert rest == "gauge", rest
                families[name] = {}
                current = name
            assert name == current, "metadata of another family: " + line
            assert kind not in families[name], line
            assert not any(key[0] == name for key in samples), "metadata after samples: " + line
            if kind == "UNIT":
                assert name.endswith("_" + rest), line
            families[name][kind] = rest
            continue
        assert not line.startswith("#"), line
        name = re.match(NAME, line)[0]
        assert name == current, "interleaved families: " + line
        rest, labels = line[len(name):], {}
        if rest.startswith("{"):
            labels, end = read_labels(rest)
            rest = rest[end:]
        assert rest.startswith(" ") and NUMBER.fullmatch(rest[1:]), "no plain number, or a timestamp: " + line
        key = (name, tuple(sorted(labels.items())))
        assert key not in samples, "a sample twice: " + line
        samples[key] = float(rest[1:])
        assert math.isfinite(samples[key])
    for name, parts in families.items():
        assert "HELP" in parts and any(key[0] == name for key in samples), name
    return [[name, dict(labels), value] for (name, labels), value in samples.items()]


if __name__ == "__main__":
    json.dump({"junit": read_junit(sys.argv[1]), "openmetrics": read_openmetrics(sys.argv[2])}, sys.stdout)
