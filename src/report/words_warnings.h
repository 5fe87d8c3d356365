// Chinese of warnings and advice: their sentences, and for codes whose sentence is not known what the code
// means. Only for words_engine.cpp.
#pragma once

#include "report/words_engine.h"

namespace bpftax {

inline constexpr auto kWarningPatterns = std::to_array<EnginePattern>({
    // Advice of run/warnings.cpp.
    {"Stop other work on this machine, or use longer windows (--window) and more blocks (--blocks).",
     "停止本机上的其他工作，或使用更长的窗口 (--window) 和更多区组 (--blocks)。"},
    {"Measure on a machine whose CPUs are not shared, or at a quieter time.",
     "在 CPU 不共享的机器上测量，或选择更空闲的时间。"},
    {"Each time stamp costs more than usual; compare with a machine that uses the CPU's own counter.",
     "每次取时间戳的代价高于平常；请与使用 CPU 自身计数器的机器比较。"},
    {"Set the performance governor while measuring: cpupower frequency-set -g performance.",
     "测量期间使用 performance 调频策略：cpupower frequency-set -g performance。"},
    {"What the tool computes in user space is taken from the workload; on a larger machine the effect is "
     "smaller.",
     "工具在用户态的计算会挤占负载；在更大的机器上影响更小。"},
    {"Measure with the ends on one CPU (--placement same-cpu) or with deep idle states off, and look at the "
     "CPU cost "
     "per unit of work.",
     "将两端放在同一 CPU 上 (--placement same-cpu) 或关闭深度空闲状态后测量，并查看每工作单位的 CPU 开销。"},
    {"A tool seldom makes a system faster: look at CPU frequency, placement and interrupts before believing "
     "it.",
     "工具很少会让系统变快：请先检查 CPU 频率、放置和中断。"},
    {"Judge by the mean latency, which has full precision.", "请以精度完整的平均延迟为准。"},
    {"The verdicts do not depend on it; run again to learn where the time goes.",
     "裁决不依赖于此；再次运行可了解时间去向。"},
    {"The attribution shows where time goes, not how much the tool costs: take that from the timed windows.",
     "归因只说明时间去向，不说明工具的开销：开销以计时窗口为准。"},
    {"Let the tool print less, or raise the cap: what is not written costs less than what is.",
     "让工具少输出，或提高上限：未写出的内容比写出的代价低。"},
    {"Give the tool larger buffers or a narrower filter; at this load its cost is lower than that of doing "
     "its whole "
     "work.",
     "给工具更大的缓冲区或更窄的过滤条件；在此负载下，其开销低于完成全部工作时的开销。"},
    {"Remove what stayed (bpftool prog/map/link, rm of the pin) and repair the tool's clean-up.",
     "清除残留（bpftool prog/map/link，删除 pin），并修复工具的清理逻辑。"},
    {"If one arm is dropped more often than the others, the rest of its blocks may be a lucky selection.",
     "若某一组别被丢弃的次数更多，其余区组可能是幸运的选择。"},
    {"Dropped blocks were measured again; the journal has the reason of each.",
     "丢弃的区组已重新测量；原因见日志。"},
    {"Fix the CPU frequency while measuring: part of the effect is a different clock rate.",
     "测量期间固定 CPU 频率：部分效应来自不同的时钟频率。"},
    {"Use a machine with more CPUs, or --placement same-cpu.",
     "使用 CPU 更多的机器，或使用 --placement same-cpu。"},
    {"Install netperf for the first choice of request/response traffic.",
     "安装 netperf，以使用首选的请求/响应流量。"},
    {"Run the command by hand and see that it attaches its programs and stays.",
     "手工运行该命令，确认它挂载了程序并保持运行。"},
    {"Without its programs there is no attribution; use --ready bpf when the tool holds them itself.",
     "看不到其程序便无法归因；若工具自己持有程序，请使用 --ready bpf。"},
    {"Give the run a larger --budget or shorter windows.", "给测量更大的 --budget 或更短的窗口。"},
    {"Give the run more time: fewer blocks than this are never judged.",
     "给测量更多时间：少于此数的区组从不裁决。"},
    {"`bpftax doctor` says what is missing on this machine and why.",
     "`bpftax doctor` 会说明本机缺少什么及原因。"},
    {"The parts were measured at different times; the noise floor tells whether that mattered.",
     "各部分在不同时间测量；噪声可说明这是否有影响。"},
    {"See the raw output of the windows in question.", "请查看相关窗口的原始输出。"},
    {"The tool should end on SIGINT; what it did not write when it was killed is lost.",
     "工具应在收到 SIGINT 时结束；被强制终止时尚未写出的内容已丢失。"},
    {"Read its output in hook_results_*.json (a monitor's in monitoring/) on that host; what it prepares was "
     "not in "
     "place.",
     "请在该主机上查看 hook_results_*.json 中的输出（监控的输出在 monitoring/）；它所准备的内容没有就位。"},
    {"What a tool costs under load is not what it costs an idle machine: compare with a run without --load.",
     "工具在负载下的开销不同于在空闲机器上的开销：请与不带 --load 的测量比较。"},
    // What cli/measure_load.cpp, run/doubts.cpp and run/confounders.cpp saw.
    {"the machine was under the load {0}: {1} before the traffic began.",
     "测量期间机器处于负载 {0}：流量开始前 {1}。"},
    {"the load {0} did not hold: {1}.", "负载 {0} 未能保持：{1}。"},
    {"the clock source is {0}, not the CPU's own counter.", "时钟源为 {0}，不是 CPU 自身的计数器。"},
    {"the CPU frequency governor is {0}, not performance.", "CPU 调频策略为 {0}，不是 performance。"},
    {"{0}: both ends share CPU {1}, though different CPUs were asked for.",
     "{0}：两端共用 CPU {1}，尽管要求使用不同的 CPU。"},
    {"{0} CPUs are online and all used by the traffic: the tool shares them with it.",
     "{0} 个 CPU 在线且全部用于流量：工具与流量共用这些 CPU。"},
    {"{0} CPU is online and all used by the traffic: the tool shares it with it.",
     "只有 {0} 个 CPU 在线且用于流量：工具与流量共用该 CPU。"},
    {"{0} used sockperf, because netperf is not installed.", "{0} 使用了 sockperf，因为没有安装 netperf。"},
    {"{0} {1} varies by {2} % (CV) without any tool.", "没有工具时 {0} {1} 的变异系数为 {2} %。"},
    {"the hypervisor took up to {0} % of the CPU time in a window (blocks above {1} % are dropped).",
     "虚拟化平台在某个窗口中占用了多达 {0} % 的 CPU 时间（高于 {1} % 的区组会被丢弃）。"},
    {"{0} block was dropped and measured again ({1}).", "{0} 个区组被丢弃并重新测量（{1}）。"},
    {"{0} blocks were dropped and measured again ({1}).", "{0} 个区组被丢弃并重新测量（{1}）。"},
    {"blocks were dropped unequally: {0}.", "各组别的区组丢弃次数不均：{0}。"},
    {"{0} block was measured, {1} are needed for a verdict.", "测量了 {0} 个区组，裁决需要 {1} 个。"},
    {"{0} blocks were measured, {1} are needed for a verdict.", "测量了 {0} 个区组，裁决需要 {1} 个。"},
    {"measured in {0} sessions.", "分 {0} 次会话测量。"},
    {"{0}: {1} object(s) stayed after the stop: {2}.", "{0}：停止后残留 {1} 个对象：{2}。"},
    {"{0}: it says that it lost at least {1} events.", "{0}：工具称至少丢失了 {1} 个事件。"},
    {"{0}: its output was cut at {1}.", "{0}：输出在 {1} 处被截断。"},
    {"{0}: it ended neither on SIGINT nor on SIGTERM and was killed.",
     "{0}：对 SIGINT 和 SIGTERM 均无响应，被强制终止。"},
    {"{0}: it was ready by its own sign, but no eBPF program was seen.",
     "{0}：按自身标志已就绪，但没有看到 eBPF 程序。"},
    {"{0}: its cost could not be attributed: {1}.", "{0}：其开销无法归因：{1}。"},
    {"{0}: its cost in {1} could not be attributed: {2}.", "{0}：其在 {1} 中的开销无法归因：{2}。"},
    {"with run-time statistics on, {0} {1} of {2} was {3} % worse than in the timed windows.",
     "开启运行时统计时，{2} 的 {0} {1} 比计时窗口差 {3} %。"},
    {"coarse steps in {0}.", "{0} 的步长过粗。"},
    {"{0} is {1} % better with {2} than without, while the CPUs' {3} fell from {4} % to {5} %: the CPUs no "
     "longer sleep "
     "between packets, so wake-ups are saved that the tool's work pays for",
     "使用 {2} 时 {0} 反而好 {1} %，同时 CPU 的 {3} 从 {4} % 降到 {5} %：CPU "
     "在包之间不再休眠，省下的唤醒由工具的工作抵付"},
    {"this is no gain in efficiency", "这并不是效率提升"},
    {"this is no gain in efficiency.", "这并不是效率提升。"},
    {"{0} is {1} % better with {2} than without, and neither idle time nor load explains it",
     "使用 {2} 时 {0} 反而好 {1} %，空闲时间和负载都不能解释"},
    {"{0} is {1} % better with {2} than without, and neither idle time nor load explains it.",
     "使用 {2} 时 {0} 反而好 {1} %，空闲时间和负载都不能解释。"},
    {"the CPUs ran at {0} MHz with {1} and at {2} MHz without during {3}",
     "{3} 期间，使用 {1} 时 CPU 运行于 {0} MHz，不使用时为 {2} MHz"},
    {"the CPUs ran at {0} MHz with {1} and at {2} MHz without during {3}.",
     "{3} 期间，使用 {1} 时 CPU 运行于 {0} MHz，不使用时为 {2} MHz。"},
    {"Every case was measured once, and so was its baseline: differences are printed as such.",
     "每个用例及其基线都只测量一次：差值按原样给出。"},
    {"Without repetition chance cannot be told from a cost. Measure several iterations, or use `bpftax run`, "
     "which "
     "interleaves tool and baseline.",
     "没有重复测量便无法区分偶然与开销。请测量多次迭代，或使用让工具与基线交错运行的 `bpftax run`。"},
    {"In each of {0} iterations all baselines ran before the tools.",
     "在 {0} 次迭代的每一次中，所有基线都在工具之前运行。"},
    {"Whatever changed between them (temperature, other load) counts as the tool's cost. `bpftax run` "
     "interleaves tool "
     "and baseline.",
     "两者之间的任何变化（温度、其他负载）都会计入工具的开销。`bpftax run` 让工具与基线交错运行。"},
    {"The PPS tests were made with TCP: writes_per_s counts write calls of the generator, not packets.",
     "PPS 测试使用 TCP：writes_per_s 统计的是生成器的写调用，而不是包。"},
    {"TCP joins small writes into full segments, so this says nothing about packet rates; measure udp_pps "
     "for them.",
     "TCP 会把小的写合并成完整报文段，因此这不能说明包速率；请测量 udp_pps。"},
    {"{0} more warnings.", "另有 {0} 条警告。"},
    {"All of them stand in the overviews and in summary.json.", "全部见各概览和 summary.json。"},
    // Advice of report/advice.cpp.
    {"{0} runs {1} times/s at {2} ns: {3} of one CPU.", "{0} 每秒运行 {1} 次，每次 {2} ns：占单个 CPU {3}。"},
    {"It writes {0}/s, and one of its programs runs about {1} times for each transaction: it reports every "
     "event.",
     "每秒输出 {0}，且其一个程序在每个事务中约运行 {1} 次：它报告每一个事件。"},
    {"It writes {0}/s, and one of its programs runs about {1} times for each packet: it reports every event.",
     "每秒输出 {0}，且其一个程序在每个包上约运行 {1} 次：它报告每一个事件。"},
    {"It writes {0}/s.", "每秒输出 {0}。"},
    {"Make each run cheaper: keep counts or a histogram in a per-CPU map and let user space read them at an "
     "interval, "
     "instead of copying data out of every event.",
     "降低每次运行的代价：在每 CPU map 中保存计数或直方图，由用户态定期读取，而不是从每个事件复制数据。"},
    {"Aggregate in the kernel and keep the path short: a per-CPU map needs neither a lock nor a shared line.",
     "在内核中聚合并保持路径短：每 CPU map 既不需要锁，也不共享缓存行。"},
    {"Filter as the first step of the program (protocol, address, port), or sample one event in N.",
     "把过滤（协议、地址、端口）放在程序的第一步，或每 N 个事件采样一个。"},
    {"At {0} events/s and {1} to {2} ns for each, handing them out takes {3} to {4} of a CPU.",
     "按每秒 {0} 个事件、每个 {1} 至 {2} ns 计，仅提交事件就占单个 CPU {3} 至 {4}。"},
    {"Report sums at an interval, or only the events that matter (above a latency threshold, with a drop "
     "reason), or one "
     "event in N; output that grows with the traffic is what costs most.",
     "定期报告汇总值，或只报告重要的事件（超过延迟阈值、带丢包原因），或每 N "
     "个报告一个；随流量增长的输出代价最高。"},
    {"Give its output a place that can take it, or lower the rate: a filter, a threshold, a longer interval.",
     "为输出提供足够的容量，或降低速率：过滤、阈值、更长的间隔。"},
    {"Its events go through a perf buffer (map {0}), {1} to {2} ns for each.",
     "其事件经过 perf buffer（map {0}），每个 {1} 至 {2} ns。"},
    {"On Linux 5.8 and later a BPF ring buffer shares one buffer between CPUs, reserves in place instead of "
     "copying, and "
     "can leave the reader asleep (BPF_RB_NO_WAKEUP) until there is enough to read.",
     "Linux 5.8 及以后可用 BPF ring buffer：各 CPU "
     "共用一个缓冲区，原地预留而不复制，并可在数据足够前不唤醒读取端 "
     "(BPF_RB_NO_WAKEUP)。"},
    {"This kernel ({0}) has no BPF ring buffer (Linux 5.8): sum up in a per-CPU map, or let the perf buffer "
     "wake its "
     "reader only every N events (wakeup_events).",
     "此内核（{0}）没有 BPF ring buffer（Linux 5.8 起）：请在每 CPU map 中汇总，或让 perf buffer 每 N "
     "个事件才唤醒一次读取端 "
     "(wakeup_events)。"},
    {"It takes stack traces (map {0}, {1} entries), {2} to {3} ns for each.",
     "它采集调用栈（map {0}，{1} 个条目），每次 {2} 至 {3} ns。"},
    {"Take a stack only for events that passed the filter, limit its depth, or sample.",
     "只对通过过滤的事件采集调用栈，限制深度，或采样。"},
    {"Its maps take {0}, most of it {1} ({2}, {3} entries: {4}).",
     "其 map 占用 {0}，其中大部分为 {1}（{2}，{3} 个条目：{4}）。"},
    {"Size max_entries by what is alive at one time, use an LRU type, or BPF_F_NO_PREALLOC where most "
     "entries stay "
     "unused; per-CPU types take that memory once for every possible CPU.",
     "按同时存在的数量设置 max_entries，使用 LRU 类型，或在多数条目不用时使用 BPF_F_NO_PREALLOC；每 CPU "
     "类型按可能的 CPU 数成倍占用内存。"},
    {"Read less often and more at a time, format less, or let the kernel side do the summing; pin the reader "
     "to a CPU "
     "that the traffic does not use.",
     "降低读取频率、一次多读，少做格式化，或由内核端汇总；把读取端绑定到流量不用的 CPU。"},
    {"Its user-space process takes {0} of a CPU and may run on CPU {1}, which the traffic of {2} uses too.",
     "其用户态进程占单个 CPU {0}，且可能运行在 {2} 流量也在使用的 CPU {1} 上。"},
    {"Its user-space process takes {0} of a CPU and may run on CPUs {1}, which the traffic of {2} uses too.",
     "其用户态进程占单个 CPU {0}，且可能运行在 {2} 流量也在使用的 CPU {1} 上。"},
    {"Give the reader a CPU of its own (taskset, cpuset); where there is none, what it takes is missing to "
     "the traffic, "
     "and the overhead seen here is an upper bound.",
     "给读取端一个独立的 CPU（taskset、cpuset）；若没有多余的 "
     "CPU，它的占用会从流量中扣除，此处看到的开销是上限。"},
    {"The rest is outside the programs and their hooks: waking the reader, the reader's own CPU time and "
     "cache "
     "misses. Fewer wake-ups and less output help there; a cheaper program does not.",
     "余量在程序及其挂载点之外：唤醒读取端、读取端自身的 CPU "
     "时间和缓存未命中。减少唤醒和输出才有帮助；更便宜的"
     "程序没有帮助。"},
    {"The rest is outside the programs: entering the hook, waking the reader, the reader's own CPU time and "
     "cache misses. "
     "A cheaper hook (raw tracepoint or fentry) and fewer wake-ups help there; a cheaper program does not.",
     "余量在程序之外：进入挂载点、唤醒读取端、读取端自身的 CPU 时间和缓存未命中。更便宜的挂载点（raw "
     "tracepoint 或 "
     "fentry）和更少的唤醒有帮助；优化程序本身则没有。"},
    {"What it counts is short by these events: do not trace what the program itself triggers.",
     "其统计少了这些事件：不要跟踪程序自身触发的行为。"},
    {"It goes on costing until it is removed: let the tool detach and unpin what it made on every way out.",
     "残留会继续产生开销直到清除：让工具在任何退出路径上都卸载并取消 pin。"},
    {"Of its {0} primary metrics, {1} has no interval: measured once.",
     "其 {0} 项主要指标中有 {1} 项没有置信区间：只测量一次。"},
    {"Of its {0} primary metrics, {1} have no interval: measured once.",
     "其 {0} 项主要指标中有 {1} 项没有置信区间：只测量一次。"},
    {"Of its {0} primary metric, {1} has no interval: measured once.",
     "其 {0} 项主要指标中有 {1} 项没有置信区间：只测量一次。"},
    {"A difference between two single measurements may be chance: repeat them, at least six times, tool and "
     "baseline in "
     "turn (`bpftax measure`, `bpftax run`).",
     "两次单独测量之间的差别可能出于偶然：请重复至少六次，让工具与基线交替运行（`bpftax measure`、`bpftax "
     "run`）。"},
    {"About {0} blocks would decide all of them (--blocks 6..{1})",
     "约 {0} 个区组可以全部判定 (--blocks 6..{1})"},
    {"longer windows and a quieter machine make each block worth more.",
     "更长的窗口和更安静的机器使每个区组更有价值。"},
    {"More blocks alone may not decide them: longer windows and a quieter machine make each block worth "
     "more.",
     "仅增加区组可能仍无法判定：更长的窗口和更安静的机器使每个区组更有价值。"},
    {"Its events go through a perf buffer (map {0}).", "其事件经过 perf buffer（map {0}）。"},
    {"It takes stack traces (map {0}).", "它采集调用栈（map {0}）。"},
    {"Its maps take {0}.", "其 map 占用 {0}。"},
    {"Its user-space process takes {0} of a CPU (peak {1}).", "其用户态进程占单个 CPU {0}（峰值 {1}）。"},
    {"On {0} it adds {1} us to each transaction, of which its programs explain {2} us.",
     "在 {0} 中每个事务增加 {1} us，其中程序可解释 {2} us。"},
    {"The kernel skipped {0} of its program runs to prevent recursion.",
     "内核为防止递归跳过了其 {0} 次程序运行。"},
    {"After it ended, this stayed: {0}.", "结束后仍有残留：{0}。"},
    {"Of its {0} primary metrics, {1} are not decided.", "其 {0} 项主要指标中有 {1} 项未定。"},
    {"Of its {0} primary metrics, {1} is not decided.", "其 {0} 项主要指标中有 {1} 项未定。"},
});

struct CodeMeaning {
  std::string_view code, text, advice;  // Chinese
};

inline constexpr auto kCodeMeanings = std::to_array<CodeMeaning>({
    {"noisy_baseline", "基线噪声较大。", "停止其他工作，或使用更长的窗口和更多区组。"},
    {"stats_on", "计时窗口中有他人开启了 BPF 运行时统计。",
     "关闭它 (sysctl kernel.bpf_stats_enabled=0，或结束相关进程) "
     "后重新测量：效应偏大，偏大的部分是统计自身的开销。"},
    {"steal", "虚拟化平台占用了 CPU 时间。", "在 CPU 不共享的机器上测量。"},
    {"few_cpus", "CPU 数量少，工具与流量共用 CPU。",
     "在 4 个以上 CPU 的机器上测量，或把吞吐量开销视为上限。"},
    {"idle_moved", "使用工具时空闲时间发生变化。",
     "比较每工作单位的 CPU 开销：它不会因 CPU 不再休眠而得益。"},
    {"wrong_sign", "使用工具时反而更好。", "请先检查 CPU 频率、放置和中断。"},
    {"workload", "流量生成器给出了提示。", "请查看相关窗口的原始输出。"},
    {"hook", "钩子任务失败。", "请查看该主机上钩子的输出。"},
    {"budget", "时间预算用尽。", "给测量更大的 --budget 或更短的窗口。"},
    {"subject_removed", "某个工具已被移出测量。", "手工运行该命令，确认它挂载了程序并保持运行。"},
    {"unavailable", "本机缺少某项功能。", "`bpftax doctor` 会说明缺少什么及原因。"},
    {"left_behind", "工具结束后有残留。", "清除残留，并修复工具的清理逻辑。"},
    {"in-kernel-time", "其 eBPF 程序在内核中耗时较多。",
     "在内核中聚合（每 CPU map 中的计数或直方图），先过滤再处理，或只采样 N 个事件中的一个。"},
    {"output-per-event", "它报告每一个事件。",
     "定期报告汇总值，或只报告重要的事件（超过延迟阈值、带丢包原因）；随流量增长的输出代价最高。"},
    {"output-volume", "输出量较大。", "为输出提供足够的容量，或通过过滤、阈值、更长间隔降低速率。"},
    {"reader-cpu", "用户态读取端占用较多 CPU。",
     "降低读取频率、一次多读，少做格式化，或由内核端汇总；把读取端绑定到流量不用的 CPU。"},
    {"perf-buffer", "其事件经过 perf buffer。",
     "Linux 5.8 及以后可用 BPF ring buffer：各 CPU "
     "共用一个缓冲区，原地预留而不复制，并可在数据不多时不唤醒读取端。"},
    {"stack-traces", "它采集调用栈。",
     "遍历调用栈代价可达微秒级：只对通过过滤的事件采集，限制深度，或采样。"},
    {"map-memory", "其 map 占用较多内存。",
     "按同时存在的数量设置 max_entries，使用 LRU 类型或 BPF_F_NO_PREALLOC。"},
    {"residual", "增加的时间大部分在程序之外。",
     "余量来自进入挂载点、唤醒读取端、读取端 CPU 时间和缓存未命中。更便宜的挂载点（raw tracepoint 或 "
     "fentry）和更少的唤醒有帮助。"},
    {"recursion-misses", "内核为防止递归跳过了部分程序运行。",
     "其统计少了这些事件：不要跟踪程序自身触发的行为。"},
    {"left-behind", "结束后有残留。", "残留会继续产生开销直到清除：让工具在任何退出路径上都卸载并取消 pin。"},
    {"weak-evidence", "部分主要指标未定。", "更多区组、更长的窗口和更安静的机器会有帮助。"},
    {"reader-shares-cpu", "用户态读取端与流量共用 CPU。", "把读取端绑定到流量不用的 CPU。"},
});

}  // namespace bpftax
