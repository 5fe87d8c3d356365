"""The values of the four tables, worked out from a tree of the origin framework's form: host-client and host-server,
environment "host", TCP. Shares nothing with bpftax."""
import datetime
import json
import math
import os
import re
import statistics

TABLES = {
    "latency": "TCP RR Min (us),TCP RR Mean (us),TCP RR Max (us),TCP RR Baseline (us),TCP RR Diff (%),"
               "UDP RR Min (us),UDP RR Mean (us),UDP RR Max (us),UDP RR Baseline (us),UDP RR Diff (%)",
    "throughput": "Client Single (Gbps),Client Single Baseline (Gbps),Client Single Diff (%),"
                  "Client Multi (Gbps),Client Multi Baseline (Gbps),Client Multi Diff (%),"
                  "Server Single (Gbps),Server Single Baseline (Gbps),Server Single Diff (%),"
                  "Server Multi (Gbps),Server Multi Baseline (Gbps),Server Multi Diff (%)",
    "pps": "Client Single PPS,Client Single Baseline,Client Single Diff (%),"
           "Client Multi PPS,Client Multi Baseline,Client Multi Diff (%),"
           "Server Single PPS,Server Single Baseline,Server Single Diff (%),"
           "Server Multi PPS,Server Multi Baseline,Server Multi Diff (%)",
    "resources": "PPS Single CPU Avg (%),PPS Single CPU Max (%),PPS Single Mem Max (KB),"
                 "PPS Multi CPU Avg (%),PPS Multi CPU Max (%),PPS Multi Mem Max (KB),"
                 "TP Single CPU Avg (%),TP Single CPU Max (%),TP Single Mem Max (KB),"
                 "TP Multi CPU Avg (%),TP Multi CPU Max (%),TP Multi Mem Max (KB),"
                 "Max RSS (KB),Max VSZ (KB),Total Samples,Log Size (Bytes),Log Size (Human)",
}

# ---- the raw files ----

def sane(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def iperf_values(path, pps):
    """(sent, received) of one stream in Gbit/s or writes/s; None where the file does not say it."""
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        values = []
        for side in ("sum_sent", "sum_received"):
            bits = document["end"][side]["bits_per_second"]
            if not sane(bits):
                return None, None
            values.append(bits / (8 * document["start"]["test_start"]["blksize"]) if pps else bits / 1e9)
        return values[0], values[1]
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


def window_folders(root, perf_type, conn):
    folder = os.path.join(root, "client_results", perf_type)
    if not os.path.isdir(folder):
        return []
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.startswith(conn + "_")]


def traffic(root, perf_type, conn):
    """(sent, received) over all streams; None when a stream is missing."""
    folders = window_folders(root, perf_type, conn)
    if len(folders) != 1:
        return None, None
    word = "throughput" if perf_type == "throughput" else "pps"
    if conn == "single":
        return iperf_values(os.path.join(folders[0], f"{word}_single_tcp.json"), perf_type == "pps")
    count = int(re.match(r"multi_(\d+)_", os.path.basename(folders[0])).group(1))
    sent, received = [], []
    for index in range(1, count + 1):
        path = os.path.join(folders[0], f"{word}_multi_stream_{index}_port_{5000 + index}.json")
        one = iperf_values(path, perf_type == "pps")
        sent.append(one[0])
        received.append(one[1])
    return tuple(None if None in values else math.fsum(values) for values in (sent, received))


def latency(root, conn):
    """(min, mean, max) of netperf's last two lines."""
    for folder in window_folders(root, "latency", conn):
        try:
            with open(os.path.join(folder, f"latency_{conn}.txt"), encoding="utf-8") as file:
                lines = [line.strip() for line in file if line.strip()]
            titles = lines[-2].split(",")
            values = dict(zip(titles, lines[-1].split(",")))
            found = tuple(float(values[f"{name} Latency Microseconds"]) for name in ("Minimum", "Mean", "Maximum"))
            return found if all(sane(value) for value in found) else (None, None, None)
        except (OSError, ValueError, KeyError, IndexError):
            return None, None, None
    return None, None, None


def seconds(text):
    date, _, fraction = text.partition(".")
    moment = datetime.datetime.strptime(date, "%Y-%m-%d %H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return moment.timestamp() + (float("0." + fraction) if fraction else 0)


def window_time(root, perf_type, conn):
    """(begin, end) of the traffic, over all streams. Logs are in UTC here. The log of a launch ends with the whole
    process, so there the end is the launch plus what iperf3 says it took, where it says it."""
    begins, ends = [], []
    for folder in window_folders(root, perf_type, conn):
        for name in os.listdir(folder):
            if not name.endswith("_timing.log"):
                continue
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                times = dict(line.strip().split(": ", 1) for line in file if ": " in line)
            if "Start" in times:
                begins.append(seconds(times["Start"]))
                ends.append(seconds(times["End"]))
                continue
            begins.append(seconds(times["Actual_Launch"]))
            data = name.replace("_timing.log", ".json" if "multi" in name else "_tcp.json")
            took = None
            try:
                with open(os.path.join(folder, data), encoding="utf-8") as file:
                    took = json.load(file)["end"]["sum_sent"]["seconds"]
            except (OSError, ValueError, KeyError, TypeError):
                pass
            ends.append(begins[-1] + took if took else seconds(times["Test_End"]))
    return (min(begins), max(ends)) if begins else None


def tool_samples(folder):
    """[(middle of the sample's interval, cpu, rss, vsz)] or None without a monitor."""
    monitoring = os.path.join(folder, "ebpf_monitoring")
    names = [name for name in os.listdir(monitoring) if name.startswith("ebpf_resource_monitor_")]
    if not names:
        return None
    with open(os.path.join(monitoring, names[0]), encoding="utf-8") as file:
        lines = file.read().splitlines()
    start = next(line for line in lines if "START_EPOCH" in line)
    local = seconds(re.search(r"START_DATETIME: (\S+ \S+)", start).group(1))
    zone = round((local - int(re.search(r"START_EPOCH: (\d+)", start).group(1))) / 900) * 900
    interval = float(re.search(r"INTERVAL: (\d+)s", start).group(1))
    day = re.search(r"START_DATETIME: (\S+)", start).group(1)
    titles, samples = None, []
    for line in lines:
        if line.startswith("# Time"):
            titles = line[1:].split()
        elif re.match(r"\d\d:\d\d:\d\d ", line):
            row = dict(zip(titles, line.split()))
            at = seconds(f"{day} {row['Time']}") - zone
            samples.append((at - interval / 2, float(row["%CPU"]), float(row["RSS"]), float(row["VSZ"])))
    return samples


def log_size(folder):
    monitoring = os.path.join(folder, "ebpf_monitoring")
    for name in os.listdir(monitoring):
        if name.startswith("ebpf_logsize_monitor_"):
            with open(os.path.join(monitoring, name), encoding="utf-8") as file:
                sizes = [int(line.split()[2]) for line in file if re.match(r"\d{4}-", line)]
            return max(sizes) if sizes else None
    return None


# ---- what must stand in the CSV files ----

def difference(value, baseline):
    return None if value is None or not baseline else 100 * (value - baseline) / baseline


def expected_rows(iteration):
    """{table: {case: [values]}} of one iteration, in the tables' order."""
    client = os.path.join(iteration, "host-client", "performance-test-results")
    server = os.path.join(iteration, "host-server", "performance-test-results")
    base = os.path.join(client, "baseline", "host")
    rows = {table: {} for table in TABLES}
    for case in sorted(os.listdir(os.path.join(client, "ebpf"))):
        root = os.path.join(client, "ebpf", case, "host")
        values = []
        for conn in ("tcp_rr", "udp_rr"):
            of_case, of_base = latency(root, conn), latency(base, conn)
            values += [*of_case, of_base[1], difference(of_case[1], of_base[1])]
        rows["latency"][case] = values
        for perf_type in ("throughput", "pps"):
            values = []
            for side in (0, 1):
                for conn in ("single", "multi"):
                    of_case, of_base = traffic(root, perf_type, conn)[side], traffic(base, perf_type, conn)[side]
                    values += [of_case, of_base, difference(of_case, of_base)]
            rows[perf_type][case] = values
        tool = os.path.join(server, "ebpf", case, "host")
        samples = tool_samples(tool)
        values = []
        for perf_type in ("pps", "throughput"):
            for conn in ("single", "multi"):
                times = window_time(root, perf_type, conn)
                inside = [s for s in samples or [] if times and times[0] <= s[0] <= times[1]]
                values += [statistics.fmean(s[1] for s in inside) if inside else None,
                           max((s[1] for s in inside), default=None), max((s[2] for s in inside), default=None)]
        values += [max((s[2] for s in samples or []), default=None), max((s[3] for s in samples or []), default=None),
                   None if samples is None else len(samples), log_size(tool), log_size(tool)]
        rows["resources"][case] = values
    return rows
