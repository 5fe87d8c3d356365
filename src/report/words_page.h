// Words of the pages: titles, columns and explanations of report.html and report.md. Only for words.h.
#pragma once

#include "report/words_summary.h"

namespace bpftax {

inline constexpr auto kPageWords = std::to_array<Word>({
    // Frame.
    {"page.skip", "Skip to the results", "跳到结果"},
    {"page.sections", "Sections", "章节"},
    {"page.made", "Made by bpftax {0}. This page is complete in itself: it loads nothing and sends nothing.",
     "由 bpftax {0} 生成。本页自成一体：不加载也不发送任何内容。"},
    {"page.licences", "Licences of the software in this page", "本页所含软件的许可证"},
    {"fact.run", "Run", "测量编号"},
    {"fact.started", "Started", "开始时间"},
    {"fact.took", "Took", "耗时"},
    {"fact.seed", "Seed", "种子"},
    {"fact.warnings", "Warnings", "警告"},
    {"fact.run_line", "Run {0}, seed {1}.", "测量编号 {0}，种子 {1}。"},
    {"fact.tree_line", "Run {0}.", "测量编号 {0}。"},
    {"section.verdicts", "Verdicts", "裁决"},
    {"section.tools", "Tools", "工具"},
    {"section.advice", "What to do", "建议"},
    {"section.overheads", "Overheads", "开销"},
    {"section.cost", "Where the cost comes from", "开销来源"},
    {"section.percentiles", "Latency", "延迟"},
    {"section.resources", "Resources over time", "资源随时间变化"},
    {"section.time", "Over time", "随时间变化"},
    {"section.certainty", "How sure", "可信程度"},
    {"section.warnings", "Warnings", "警告"},
    {"section.machine", "Machine", "机器"},
    {"section.method", "Method", "方法"},
    {"group.title", "Environment {0}", "环境 {0}"},
    {"group.title_part", "Environment {0}, part {1}", "环境 {0}，部分 {1}"},
    {"group.short", "{0}, part {1}", "{0}，部分 {1}"},
    {"group.part_only", "part {0}", "部分 {0}"},
    {"group.unnamed", "without a name", "未命名"},
    {"group.own", "What was measured together has a baseline of its own; figures and noise never mix parts.",
     "一起测量的部分各有自己的基线；图表和噪声从不混合不同部分。"},

    // Verdicts.
    {"verdict.key", "What the verdicts mean", "裁决的含义"},
    {"matrix.caption", "Overhead in percent, tool by tool", "各工具的开销（%）"},
    {"matrix.intro",
     "Overhead in percent; positive is worse. Each cell leads to its row, with interval, charts and reason.",
     "开销以百分比表示，正值表示变差。点击单元格可查看该行的置信区间、图表和裁决理由。"},
    {"matrix.overall", "Overall", "总体"},
    {"all.summary", "All numbers, with intervals and reasons", "全部数值，含置信区间与理由"},
    {"all.caption", "Every comparison of this result", "本结果的全部比较"},
    {"floor.note",
     "A margin with a value in brackets is made by the smallest difference that counts: below that value "
     "nothing "
     "counts as an overhead, and of so small a baseline it is a larger share than the one that is set for "
     "the metric.",
     "括号中带有数值的允许值由有意义的最小差值决定：小于该值的差别不算开销；基线很小时，它所占百分比高于该指"
     "标"
     "设定的百分比。"},
    {"floor.row", "differences below {0} do not count, and {0} is {1} of this baseline",
     "小于 {0} 的差别不计，而 {0} 相当于该基线的 {1}"},
    {"column.tool", "Tool", "工具"},
    {"column.workload", "Workload", "负载"},
    {"column.metric", "Metric", "指标"},
    {"column.baseline", "Baseline", "基线"},
    {"column.with_tool", "With tool", "带工具"},
    {"column.overhead", "Overhead %", "开销 %"},
    {"column.overhead_md", "Overhead", "开销"},
    {"column.interval", "Interval %", "置信区间 %"},
    {"column.interval_md", "Interval", "置信区间"},
    {"column.margin", "Margin", "允许值"},
    {"column.verdict", "Verdict", "裁决"},
    {"column.blocks", "Blocks", "区组数"},
    {"column.noise", "Noise floor %", "噪声 %"},
    {"column.noise_md", "Noise floor", "噪声"},
    {"column.noise_interval", "Interval of the noise %", "噪声的置信区间 %"},
    {"column.finds", "Finds %", "可发现 %"},
    {"column.finds_md", "Finds", "可发现"},
    {"column.p", "p adjusted", "校正后 p"},
    {"column.why", "Why", "理由"},
    {"column.part", "Environment", "环境"},
    {"hint.overhead", "Positive is worse", "正值表示变差"},
    {"hint.interval", "Confidence interval of the overhead", "开销的置信区间"},
    {"hint.margin", "The overhead you are willing to pay", "可以接受的开销"},
    {"hint.noise", "The baseline against itself", "基线与自身之差"},
    {"hint.finds", "Smallest overhead found with 80 % power: the minimum detectable effect",
     "以 80 % 功效能发现的最小开销（最小可检测效应）"},
    {"hint.p", "Corrected over all subjects and primary metrics (Holm)", "对所有工具和主要指标校正 (Holm)"},
    {"why.blocks", " (about {0} blocks would decide it)", "（约 {0} 个区组可以判定）"},
    {"secondary.note",
     "Rows marked as secondary explain; they do not decide a verdict on a tool. Their p-values are adjusted "
     "for the "
     "false discovery rate.",
     "标为次要的行用于解释，不决定对工具的裁决。其 p 值按错误发现率校正。"},
    {"secondary.mark", "secondary", "次要"},
    {"overview.note",
     "In percent; right of zero is worse. The point is the estimate, the line its interval, the blue "
     "rule the margin, and the grey band how far the baseline differs from itself.",
     "以百分比表示；零的右侧表示变差。点为估计值，线为置信区间，蓝色竖线为允许值，灰色带为基线与自身的差别"
     "。"},
    {"figures.script", "The charts need scripts; the tables of this page have the same numbers.",
     "图表需要启用脚本；本页的表格包含相同的数值。"},

    // Tools and advice.
    {"tool.not_measured", "Not measured: {0}.", "未测量：{0}。"},
    {"tool.no_reason", "no reason is known", "原因不明"},
    {"tool.last_words", "Its last words", "最后输出"},
    {"tool.last_words_of", "Last words of {0}:", "{0} 的最后输出："},
    {"tool.design", "Design: {0}.", "设计类别：{0}。"},
    {"tool.ready", "Ready after {0}.", "{0} 后就绪。"},
    {"tool.many", "All {0} tools", "全部 {0} 个工具"},
    {"advice.none", "The evidence gives no reason to change anything.", "现有证据没有给出需要改动的理由。"},

    // Cost.
    {"cost.intro",
     "In separate windows of the same traffic the kernel counted what each eBPF program ran. That is time "
     "inside the programs only: entering the hook, waking the reader and the reader's own work come on top "
     "and stand in the other columns, or in the rest between what was measured and what the programs "
     "explain.",
     "在相同流量的单独窗口中，内核统计了每个 eBPF "
     "程序的运行情况。这只是程序内部的时间：进入挂载点、唤醒读取端以及读取端"
     "自身的工作另计，见其他列，或见测量值与程序可解释部分之间的余量。"},
    {"cost.programs", "eBPF programs while traffic runs", "有流量时的 eBPF 程序"},
    {"cost.by_workload", "eBPF programs by workload", "各负载下的 eBPF 程序"},
    {"cost.by_workload_summary", "Programs by workload", "按负载列出程序"},
    {"cost.maps", "eBPF maps", "eBPF map"},
    {"cost.maps_summary", "Maps", "map 列表"},
    {"cost.resources", "Resources of the tools", "工具占用的资源"},
    {"cost.attribution",
     "Added time per unit of work in microseconds: measured, and explained by the programs",
     "每工作单位增加的时间（微秒）：测量值与程序可解释部分"},
    {"cost.attribution_title", "Measured and attributed", "测量与归因"},
    {"cost.attribution_intro",
     "Added time per transaction in microseconds: what was measured, and what the programs explain: their "
     "own "
     "run time and, where it could be measured on this host, entering their hooks. The rest is the reader, "
     "and "
     "what both do to caches.",
     "每个事务增加的时间（微秒）：测量值，以及程序可解释的部分：程序自身运行时间，以及（在本主机上可测时）进"
     "入挂"
     "载点的时间。余量包括读取端以及两者对缓存的影响。"},
    {"cost.stats",
     "Counting itself adds {0} ns to each program run on this machine; timed windows ran without it.",
     "统计本身使每次程序运行增加 {0} ns；计时窗口内未开启统计。"},
    {"column.program", "Program", "程序"},
    {"column.hook", "Hook", "挂载点"},
    {"column.runs", "Runs/s", "次/秒"},
    {"column.ns", "ns/run", "纳秒/次"},
    {"column.entry", "Entry ns", "进入 纳秒"},
    {"hint.entry",
     "Entering the hook, which ns/run leaves out: an empty program on such a hook of this host, measured in "
     "place, less what the statistics say of it",
     "进入挂载点的时间，不含在每次纳秒数内：在本主机同类挂载点上就地测量空程序，减去统计所得的运行时间"},
    {"column.cpu_share", "% of a CPU", "占单个 CPU %"},
    {"column.instructions", "Instructions", "指令数"},
    {"hint.instructions", "As the verifier walked them", "验证器遍历的条数"},
    {"column.jited", "JITed", "JIT 大小"},
    {"column.per_unit", "Runs per unit", "每单位运行次数"},
    {"hint.per_unit", "Runs for each transaction, packet or GB: the last column says which",
     "每个事务、每个包或每 GB 的运行次数：见末列"},
    {"column.unit", "Unit of work", "工作单位"},
    {"column.cpu_programs", "CPU in programs", "程序 CPU"},
    {"column.cpu_user", "CPU in user space", "用户态 CPU"},
    {"column.peak", "Peak", "峰值"},
    {"column.rss", "RSS", "RSS"},
    {"column.rss_peak", "RSS peak", "RSS 峰值"},
    {"column.vsz", "VSZ", "VSZ"},
    {"column.map_memory", "Map memory", "map 内存"},
    {"column.output", "Output", "输出量"},
    {"column.map", "Map", "map"},
    {"column.type", "Type", "类型"},
    {"column.entries", "Entries", "条目数"},
    {"column.memory", "Memory", "内存"},
    {"column.measured", "Measured", "测量值"},
    {"column.attributed", "Attributed", "归因值"},
    {"hint.attributed", "Runs per unit of work times ns per run and, where known, for entering the hook",
     "每工作单位运行次数乘以每次纳秒数，已知时含进入挂载点"},
    {"column.rest", "Rest", "余量"},
    {"hint.rest", "Measured less attributed: reader, caches, and entering hooks where that is not known",
     "测量值减归因值：读取端、缓存，以及未知时的进入挂载点"},
    {"column.rest_interval", "Interval of the rest", "余量的置信区间"},

    // Latency, time, certainty.
    {"percentiles.intro", "Means over the blocks of each window's percentile.",
     "各窗口百分位数在区组间的平均。"},
    {"percentiles.caption", "Latency in microseconds", "延迟（微秒）"},
    {"percentiles.summary", "The numbers", "数值"},
    {"column.value", "Value", "取值"},
    {"column.change", "Change %", "变化 %"},
    {"time.intro",
     "Every mark is one window; the scale is in minutes since the start. Every other block has a grey "
     "background; the "
     "warm-up is darker and never used. A cross at the foot is a window that was not valid.",
     "每个标记是一个窗口；横轴为开始后的分钟数。区组背景灰白相间；颜色较深的是预热，从不使用。底部的叉号表示"
     "无效窗口。"},
    {"time.invalid", "Windows that were not valid", "无效窗口"},
    {"time.windows", "Every window as a table", "全部窗口的表格"},
    {"resources.intro", "CPU, memory and output of each tool, window by window.",
     "各工具逐窗口的 CPU、内存和输出量。"},
    {"resources.rss_peak", "Memory of the tool (RSS), peak of each window, MiB",
     "工具内存 (RSS)，各窗口峰值，MiB"},
    {"conditions.summary", "Conditions of the machine by arm", "各组窗口中机器的状态"},
    {"conditions.intro",
     "Confounders are measured, not ignored: where idle time moves with an effect, the effect is partly that "
     "of a CPU "
     "which sleeps less.",
     "混杂因素会被测量而不是忽略：若空闲时间随效应变化，则效应部分来自更少休眠的 CPU。"},
    {"conditions.caption", "What the machine did meanwhile, mean over valid windows",
     "期间机器的状态，有效窗口的平均"},
    {"column.arm", "Arm", "组别"},
    {"column.windows", "Windows", "窗口数"},
    {"certainty.intro",
     "The noise floor is what the baseline differs from itself within blocks. \u201cFinds\u201d is the "
     "smallest "
     "overhead that a run like this one finds four times out of five; a margin below it can not be passed.",
     "噪声是同一区组内基线与自身的差别。“可发现”是这样的测量五次中有四次能发现的最小开销；允许值低于它时无法"
     "判为通过。"},
    {"certainty.intro_md",
     "Noise floor: what the baseline differs from itself. Finds: the smallest effect that this run would "
     "find 4 times "
     "out of 5.",
     "噪声：基线与自身的差别。可发现：本次测量五次中有四次能发现的最小效应。"},
    {"noise.caption", "Noise of the baseline, and what can be told from it", "基线的噪声及可分辨的效应"},

    // Warnings, machine, method.
    {"warnings.none", "None.", "无。"},
    {"warnings.dropped", "Blocks dropped and measured again", "丢弃后重新测量的区组"},
    {"warnings.dropped_one", "because of {0}: {1}", "因 {0}：{1}"},
    {"warnings.dropped_md.one", "{0} block dropped and measured again because of {1}.",
     "因 {1} 丢弃并重新测量 {0} 个区组。"},
    {"warnings.dropped_md", "{0} blocks dropped and measured again because of {1}.",
     "因 {1} 丢弃并重新测量 {0} 个区组。"},
    {"warnings.baseline", "the baseline ({0})", "基线（{0}）"},
    {"warnings.excluded", "Blocks left out of at least one estimate: {0}.",
     "至少一项估计中未使用的区组：{0}。"},
    {"warnings.window", "Invalid window: {0}: {1}.", "无效窗口：{0}：{1}。"},
    {"machine.server", "Server", "服务端"},
    {"machine.client", "Client", "客户端"},
    {"machine.tool", "Host of the tools", "工具所在主机"},
    {"machine.both", "Server and client", "服务端与客户端"},
    {"machine.placement", "Which CPUs each end ran on", "两端所用的 CPU"},
    {"machine.part_line", "{0}: {1}, {2}", "{0}：{1}，{2}"},
    {"column.placement", "Placement", "放置"},
    {"status.measured", "measured", "已测量"},
    {"status.failed", "failed", "失败"},
    {"status.unfinished", "unfinished", "未完成"},
    {"method.again_measure", "Measure it again", "重新测量"},
    {"method.again_analyse", "Analyse it again", "重新分析"},
    {"md.positive", "Overhead in percent; positive is worse.", "开销以百分比表示，正值表示变差。"},
    {"md.invalid", "INVALID: {0}", "无效：{0}"},
    {"md.matrix_alt", "Verdicts of {0} tools on {1} metrics", "{0} 个工具在 {1} 项指标上的裁决"},
    {"md.forest_alt", "Overheads with intervals, metric by metric", "各指标的开销与置信区间"},
    {"md.more", "{0} more rows are not drawn.", "另有 {0} 行未画出。"},
    {"md.per_second", "{0}/s", "{0}/秒"},
    {"text.separator", ": ", "："},
    {"text.stop", ". ", "。"},
});

}  // namespace bpftax
