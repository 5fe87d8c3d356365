// Words of what a result says: headline, verdicts, labels, method (report/summary.h, report/text.h). Only for
// words.h.
#pragma once

#include <array>
#include <string_view>

namespace bpftax {

struct Word {
  std::string_view key, en, zh;
};

inline constexpr auto kSummaryWords = std::to_array<Word>({
    // Verdicts: the word that is shown; result.json and the gate keep the English names.
    {"verdict.PASS", "PASS", "通过"},
    {"verdict.OVERHEAD", "OVERHEAD", "有开销"},
    {"verdict.EXCEEDS", "EXCEEDS", "超限"},
    {"verdict.INCONCLUSIVE", "INCONCLUSIVE", "未定"},
    {"verdict.SATURATED", "SATURATED", "饱和"},
    {"verdict.INVALID", "INVALID", "无效"},
    {"meaning.PASS", "below the margin", "低于允许开销"},
    {"meaning.OVERHEAD", "an overhead, not known to stay below the margin", "存在开销，且不能确定低于允许值"},
    {"meaning.EXCEEDS", "above the margin", "高于允许开销"},
    {"meaning.INCONCLUSIVE", "not decided by this run", "本次测量无法判定"},
    {"meaning.SATURATED", "the traffic is at its ceiling, the metric cannot see the tool",
     "流量已达上限，该指标看不出工具的影响"},
    {"meaning.INVALID", "did not do what was asked", "未按要求运行"},

    // Headline.
    {"head.nothing", "Nothing was measured", "没有任何测量结果"},
    {"head.exceeds", "{0} costs more than the margin allows{1}", "{0} 的开销超过允许值{1}"},
    {"head.overhead", "{0} has an overhead that may be above its margin{1}",
     "{0} 存在开销，可能超过允许值{1}"},
    {"head.pass", "{0} stays within every margin{1}", "{0} 的各项开销均在允许范围内{1}"},
    {"head.inconclusive", "This run cannot say yet whether {0} stays within its margins{1}",
     "本次测量尚不能判定 {0} 是否在允许范围内{1}"},
    {"head.saturated", "The traffic sits at its ceiling, so what {0} costs cannot show",
     "流量已达上限，无法显示 {0} 的开销"},
    {"head.invalid", "{0} could not be measured{1}", "{0} 未能完成测量{1}"},
    {"head.colon", ": {0}", "：{0}"},
    {"head.at_most", ": at most {0}", "：最多 {0}"},
    {"head.effect", "{0} % on {1} {2} ({3} % interval {4} %)", "{1} {2} {0} %（{3} % 置信区间 {4} %）"},
    {"head.many", "Of {0} tools, {1}", "共 {0} 个工具：{1}"},
    {"head.and", " and ", "，"},
    {"head.comma", ", ", "，"},
    {"many.pass.one", "{0} stays within every margin", "{0} 个各项开销均在允许范围内"},
    {"many.pass", "{0} stay within every margin", "{0} 个各项开销均在允许范围内"},
    {"many.exceeds.one", "{0} exceeds one", "{0} 个超过允许值"},
    {"many.exceeds", "{0} exceed one", "{0} 个超过允许值"},
    {"many.exceeds_a.one", "{0} exceeds a margin", "{0} 个超过允许值"},
    {"many.exceeds_a", "{0} exceed a margin", "{0} 个超过允许值"},
    {"many.overhead.one", "{0} has an overhead that may", "{0} 个存在开销且可能超过允许值"},
    {"many.overhead", "{0} have an overhead that may", "{0} 个存在开销且可能超过允许值"},
    {"many.inconclusive.one", "{0} is not decided", "{0} 个未定"},
    {"many.inconclusive", "{0} are not decided", "{0} 个未定"},
    {"many.saturated", "{0} cannot show at the traffic's ceiling", "{0} 个因流量达到上限而无法显示"},
    {"many.invalid", "{0} could not be measured", "{0} 个未能完成测量"},

    // Sentences below the headline.
    {"count.block.one", "{0} block", "{0} 个区组"},
    {"count.block", "{0} blocks", "{0} 个区组"},
    {"count.workload.one", "{0} workload", "{0} 种负载"},
    {"count.workload", "{0} workloads", "{0} 种负载"},
    {"count.iteration.one", "{0} iteration", "{0} 次迭代"},
    {"count.iteration", "{0} iterations", "{0} 次迭代"},
    {"count.warning.one", "{0} warning", "{0} 条警告"},
    {"count.warning", "{0} warnings", "{0} 条警告"},
    {"count.cpu.one", "{0} CPU", "{0} 个 CPU"},
    {"count.cpu", "{0} CPUs", "{0} 个 CPU"},
    {"machine.unknown", "an unknown machine", "未知主机"},
    {"machine.some", "a machine", "某主机"},
    {"machine.facts", "{0} ({1})", "{0}（{1}）"},
    {"date.unknown", "date unknown", "日期未知"},
    {"measured.lab",
     "Measured on {0} in the lab (two network namespaces joined by veth), {1}: {2} of {3} windows, {4}.",
     "在 {0} 的实验环境（由 veth 连接的两个网络命名空间）中测量，{1}：{2}，每个窗口 {3}，{4}。"},
    {"measured.environment", "Measured on {0}, environment {5}, {1}: {2} of {3} windows, {4}.",
     "在 {0} 上测量，环境 {5}，{1}：{2}，每个窗口 {3}，{4}。"},
    {"measured.environments", "Measured on {0}, environments {5}, {1}: {2} of {3} windows, {4}.",
     "在 {0} 上测量，环境 {5}，{1}：{2}，每个窗口 {3}，{4}。"},
    {"measured.tree", "Analysed from a tree of raw results (environment {0}, measured on {1}): {2} of {3}.",
     "由原始结果目录分析得出（环境 {0}，测量日期 {1}）：{2}，{3}。"},
    {"sure.nothing", "Nothing could be estimated.", "没有可估计的量。"},
    {"sure.tree_nothing",
     "Without repetition there is no interval and no verdict: differences are printed as such.",
     "没有重复测量，因此没有置信区间，也没有裁决：差值按原样给出。"},
    {"sure.run",
     "The baseline ran twice in every block; the smallest effect that this run would find (4 times out of 5) "
     "lies "
     "between {0} and {1} %, depending on the metric{2}.",
     "每个区组内基线运行两次；本次测量（五次中有四次）能发现的最小效应为 {0} % 至 {1} %，因指标而异{2}。"},
    {"sure.tree",
     "The smallest effect that this run would find (4 times out of 5) lies between {0} and {1} %, depending "
     "on the "
     "metric{2}.",
     "本次测量（五次中有四次）能发现的最小效应为 {0} % 至 {1} %，因指标而异{2}。"},
    {"sure.noise", ", and the baseline differs from itself by at most {0} %", "；基线与自身相差最多 {0} %"},
    {"head.ended", "Measuring ended because {0}.", "测量结束的原因：{0}。"},
    {"head.intermediate", "This is an intermediate result: the run has not ended.",
     "这是中间结果：测量尚未结束。"},

    // Names and classes.
    {"name.baseline", "baseline", "基线"},
    {"class.continuous", "may run continuously", "可持续运行"},
    {"class.diagnosis", "for diagnosis", "用于诊断"},
    {"class.short-term", "only briefly", "仅限短时使用"},
    {"class.avoid", "avoid", "避免使用"},
    {"class.unknown", "unknown", "未知"},
    {"window.name", "block {0}, {1}, {2}{3}", "区组 {0}，{1}，{2}{3}"},
    {"window.purpose", " ({0})", "（{0}）"},
    {"purpose.warmup", "warm-up", "预热"},
    {"purpose.attribution", "attribution", "归因"},
    {"purpose.timed", "timed", "计时"},

    // Metrics and workloads.
    {"metric.throughput_gbps", "throughput", "吞吐量"},
    {"metric.latency_min_us", "min latency", "最小延迟"},
    {"metric.latency_mean_us", "mean latency", "平均延迟"},
    {"metric.latency_p50_us", "p50 latency", "p50 延迟"},
    {"metric.latency_p90_us", "p90 latency", "p90 延迟"},
    {"metric.latency_p99_us", "p99 latency", "p99 延迟"},
    {"metric.latency_max_us", "max latency", "最大延迟"},
    {"metric.transactions_per_s", "transactions/s", "每秒事务数"},
    {"metric.packets_per_s", "packets/s", "每秒包数"},
    {"metric.loss_percent", "datagram loss", "数据报丢失"},
    {"metric.cpu_us_per_unit", "CPU/{0}", "每{0} CPU 时间"},
    {"workload.tcp_stream_4", "TCP stream, 4 connections", "TCP 流，4 条连接"},
    {"workload.tcp_stream", "TCP stream, 1 connection", "TCP 流，1 条连接"},
    {"workload.udp_stream", "UDP stream", "UDP 流"},
    {"workload.tcp_rr", "TCP request/response", "TCP 请求/响应"},
    {"workload.udp_rr", "UDP request/response", "UDP 请求/响应"},
    {"workload.udp_pps_4", "UDP small packets, 4 senders", "UDP 小包，4 个发送端"},
    {"workload.udp_pps", "UDP small packets, 1 sender", "UDP 小包，1 个发送端"},
    {"unit.transaction", "transaction", "事务"},
    {"unit.packet", "packet", "包"},
    {"unit.GB", "GB", "GB"},
    {"unit.unit", "unit", "单位"},
    {"per.unit", "per {0}", "每{0}"},
    {"value.none", "none", "无"},
    {"value.unknown", "unknown", "未知"},
    {"value.yes", "yes", "是"},
    {"value.no", "no", "否"},
    {"value.from_to", "{0} to {1}", "{0} 至 {1}"},

    // Host facts.
    {"host.hostname", "Host", "主机"},
    {"host.distribution", "Distribution", "发行版"},
    {"host.kernel_release", "Kernel", "内核"},
    {"host.kernel_version", "Kernel build", "内核构建"},
    {"host.preemption", "Preemption", "抢占模式"},
    {"host.architecture", "Architecture", "架构"},
    {"host.cpu_model", "CPU", "CPU"},
    {"host.cpu_count_online", "CPUs online", "在线 CPU 数"},
    {"host.cpus_online", "CPU list", "CPU 列表"},
    {"host.cpu_count_possible", "CPUs possible", "可能的 CPU 数"},
    {"host.smt", "SMT", "超线程"},
    {"host.numa_nodes", "NUMA nodes", "NUMA 节点"},
    {"host.memory_total_kb", "Memory", "内存"},
    {"host.hypervisor", "Hypervisor", "虚拟化平台"},
    {"host.clocksource", "Clock source", "时钟源"},
    {"host.cpufreq_governor", "Frequency governor", "调频策略"},
    {"host.cpufreq_driver", "Frequency driver", "调频驱动"},
    {"host.cpuidle_driver", "Idle driver", "空闲驱动"},
    {"host.turbo", "Turbo", "睿频"},
    {"host.bpf_jit_enable", "BPF JIT", "BPF JIT"},
    {"host.bpf_jit_harden", "BPF JIT hardening", "BPF JIT 加固"},
    {"host.unprivileged_bpf_disabled", "Unprivileged BPF disabled", "禁止非特权 BPF"},
    {"host.bpf_stats_enabled", "BPF statistics before the run", "测量前 BPF 统计开关"},
    {"host.perf_event_paranoid", "perf_event_paranoid", "perf_event_paranoid"},
    {"host.btf", "Kernel BTF", "内核 BTF"},
    {"host.lockdown", "Lockdown", "内核锁定"},
    {"host.mitigations", "Mitigations", "漏洞缓解"},
    {"host.boot_id", "Boot id", "启动标识"},
    {"host.cgroup_mode", "Cgroup mode", "cgroup 模式"},
    {"host.nics", "Network cards", "网卡"},
    {"host.cpuidle_states", "Cpuidle states", "CPU 空闲状态"},
    {"host.cpus_possible", "Cpus possible", "可能的 CPU"},
    {"place.text", "{0}: server {1}, client {2}, tool {3}", "{0}：服务端 {1}，客户端 {2}，工具 {3}"},
    {"place.any", "any CPU", "任意 CPU"},
    {"place.cpu", "CPU {0}", "CPU {0}"},
    {"place.cpus", "CPUs {0}", "CPU {0}"},
    {"place.policy", "placement", "放置"},

    // Conditions of windows.
    {"condition.idle_percent", "idle", "空闲"},
    {"condition.softirq_percent", "softirq", "软中断"},
    {"condition.steal_percent", "steal", "被占用 (steal)"},
    {"condition.iowait_percent", "I/O wait", "I/O 等待"},
    {"condition.context_switches_per_s", "context switches/s", "每秒上下文切换"},
    {"condition.frequency_mhz", "MHz", "MHz"},
    {"condition.idle_residency_percent", "deep idle", "深度空闲"},
    {"condition.subject_cpu_percent", "tool CPU", "工具 CPU"},
    {"condition.subject_rss_kb", "tool RSS", "工具 RSS"},
    {"condition.run_queue_wait_percent", "run-queue wait", "运行队列等待"},
    {"condition.subject_run_queue_wait_percent", "tool run-queue wait", "工具运行队列等待"},
    {"condition.psi_cpu_percent", "CPU pressure", "CPU 压力"},

    // Method.
    {"method.window",
     "One window ({0} of one workload) is one sample. A block runs the baseline twice and every tool once, "
     "in an order "
     "drawn anew from the seed; block 0 warms up and is never used.",
     "一个窗口（一种负载运行 {0}）是一个样本。每个区组内基线运行两次，每个工具运行一次，顺序由种子重新抽取；"
     "区组 0 用于预热，从不使用。"},
    {"method.effect",
     "The effect in a block is the logarithm of the tool's value over the geometric mean of its two "
     "baselines; "
     "overheads are the mean of these, in percent, and positive always means worse.",
     "一个区组的效应是工具值与两次基线几何平均之比的对数；开销是各区组效应的平均，以百分比表示，正值总表示变"
     "差。"},
    {"method.interval",
     "Intervals are Student's t over blocks and hold with {0} % over all planned looks together. PASS: the "
     "whole "
     "interval lies below the margin. EXCEEDS: it lies above. OVERHEAD: it lies above zero, but not surely "
     "below the "
     "margin. INCONCLUSIVE: neither.",
     "置信区间由各区组的学生 t 分布得出，对全部预定查看合计以 {0} % 成立。通过 (PASS)：整个区间低于允许值。"
     "超限 (EXCEEDS)：整个区间高于允许值。有开销 (OVERHEAD)：区间高于零，但不能确定低于允许值。"
     "未定 (INCONCLUSIVE)：两者皆否。"},
    {"method.floor",
     "A margin is a share of the baseline, but never less than the smallest difference that counts (such as "
     "1 us of a "
     "latency): where the baseline is small, that difference is the larger share and makes the margin.",
     "允许开销是基线的一个百分比，但不小于有意义的最小差值（例如延迟的 1 "
     "us）：基线很小时，该差值所占百分比更大，"
     "由它决定允许值。"},
    {"method.no_outliers",
     "No value is dropped for its size. A block in which a stream was lost, a tool died or the machine was "
     "disturbed "
     "is measured again as a whole.",
     "不因数值大小剔除任何值。若区组内有流丢失、工具退出或机器受到干扰，则整个区组重新测量。"},
    {"method.attribution",
     "BPF run-time statistics are off in timed windows. Attributed time comes from separate windows with "
     "statistics on, and holds the programs' run time and, where it could be measured on this host, the "
     "entry "
     "into their hooks; the cost of the reader stays in the residual.",
     "计时窗口内关闭 BPF "
     "运行时统计。归因时间来自另外开启统计的窗口，包括程序运行时间，以及（在本主机上可测时）"
     "进入挂载点的时间；读取端的开销留在余量中。"},
    {"method.tree_values",
     "The values were worked out from the files of the traffic generators. An iteration gives one value with "
     "the tool "
     "and one of the baseline of the same environment; where the tree tells blocks, each block does.",
     "数值由流量生成器的文件计算得出。每次迭代给出一个带工具的值和一个相同环境的基线值；若目录区分区组，则每"
     "个区组"
     "各给出一对。"},
    {"method.tree_sums",
     "A sum over streams exists only when every stream is there. Values of traffic are what was received.",
     "仅当所有流的文件都存在时才求和。流量数值以接收端为准。"},
    {"method.tree_effect",
     "The effect is the logarithm of the tool's value over the baseline's; overheads are the mean of these "
     "over the "
     "pairs, in percent, and positive always means worse. One pair: the difference as it is, without an "
     "interval. From "
     "two on: Student's t over the pairs. Fewer than six are never judged.",
     "效应是工具值与基线值之比的对数；开销是各对效应的平均，以百分比表示，正值总表示变差。只有一对：给出差值"
     "，"
     "没有置信区间。两对起：按各对的学生 t 分布。少于六对从不裁决。"},
    {"method.tree_order",
     "Baselines and tools were not interleaved: what changed between them counts as the tool's cost. "
     "Iterations in "
     "which the tool was not running are left out.",
     "基线与工具没有交错运行：两者之间发生的变化会计入工具的开销。工具未在运行的迭代已剔除。"},
});

}  // namespace bpftax
