// Words of the long report (report/story.h). Only for words.h.
#pragma once

#include <array>

#include "report/words_summary.h"

namespace bpftax {

inline constexpr auto kStoryWords = std::to_array<Word>({
    {"story.title", "What eBPF tools cost: {0} tools in {1} environments",
     "eBPF 工具开销报告：{0} 个工具，{1} 个环境"},
    {"story.contents", "Contents", "目录"},
    {"story.unknown", "unknown", "未知"},
    {"story.none", "none", "无"},
    {"story.comma", ", ", "、"},
    {"story.to", "{0} to {1}", "{0} 至 {1}"},

    // 1 Background
    {"story.background", "Background", "背景"},
    {"story.aim", "Aim", "目的"},
    {"story.aim.text",
     "This report says what {0} eBPF tools ({1} cases) cost the systems that they run on, measured in {2} "
     "environments: what happens to latency, throughput and packet rate of real traffic, what the tools "
     "themselves "
     "take, and which of them may run where and for how long.",
     "本报告给出 {0} 个 eBPF 工具（共 {1} 个用例）在 {2} "
     "个环境中的实测开销：对真实流量的延迟、吞吐量和包速率有何影响，"
     "工具自身占用多少资源，以及各工具适合在何处、运行多久。"},
    {"story.how", "How it was measured", "测量方法"},
    {"story.workloads", "Traffic", "测试流量"},
    {"story.workload", "Workload", "负载"},
    {"story.metric", "Metric", "指标"},
    {"story.unit", "Unit", "单位"},
    {"story.better", "Better", "更优方向"},
    {"story.better.lower", "lower", "越低越好"},
    {"story.better.higher", "higher", "越高越好"},
    {"story.tools", "Tools", "被测工具"},
    {"story.tool", "Tool", "工具"},
    {"story.design", "Design", "设计类别"},
    {"story.design.summary", "summary", "汇总"},
    {"story.design.details-filtered", "details, filtered", "明细（带过滤）"},
    {"story.design.details", "details", "明细（无过滤）"},
    {"story.design.mixed", "mixed", "混合"},
    {"story.design.unknown", "unknown", "未知"},
    {"story.cases", "Cases", "用例数"},
    {"story.measured", "Measured", "已测"},
    {"story.where", "Environments", "环境"},

    // 2 Environments
    {"story.environments", "Environments", "测试环境"},
    {"story.overview", "Overview", "概览"},
    {"story.environment", "Environment", "环境"},
    {"story.kernel", "Kernel", "内核"},
    {"story.architecture", "Architecture", "架构"},
    {"story.cpu", "CPU", "CPU"},
    {"story.cpus", "CPUs", "CPU 数"},
    {"story.system", "System", "操作系统"},
    {"story.server", "Server", "服务端"},
    {"story.client", "Client", "客户端"},
    {"story.tool_host", "Host of the tools", "工具所在主机"},
    {"story.both", "Server and client", "服务端与客户端"},
    {"story.no_facts", "Nothing is recorded about the machines.", "没有关于主机的记录。"},
    {"story.fact", "Fact", "项目"},
    {"story.value", "Value", "值"},

    // 3 Data
    {"story.data", "Data", "数据"},
    {"story.run", "Run", "测量"},
    {"story.started", "Started", "开始时间"},
    {"story.blocks", "Blocks", "区组"},
    {"story.window", "Window", "窗口"},
    {"story.source", "Read from", "来源"},
    {"story.complete", "Complete", "完整"},
    {"story.yes", "yes", "是"},
    {"story.no", "no", "否"},

    // 4 Analysis
    {"story.analysis", "Analysis", "开销分析"},
    {"story.expected", "What the designs should cost", "设计预期"},
    {"story.expected.text",
     "What a tool costs follows from how it is built: entering a hook is cheap, handing an event to user "
     "space is not. "
     "The table has what the cost model expects of each design, and what was measured (lowest to highest "
     "over tools, "
     "cases and environments).",
     "工具的开销取决于其实现方式：进入挂载点很便宜，把事件交给用户态则不然。下表列出成本模型对各设计类别的预"
     "期，以及实测值"
     "（所有工具、用例和环境中的最低至最高）。"},
    {"story.expected.cpu", "CPU expected", "预期 CPU"},
    {"story.measured.cpu", "CPU measured", "实测 CPU"},
    {"story.expected.latency", "Latency expected", "预期延迟增量"},
    {"story.measured.latency", "Latency measured", "实测延迟增量"},
    {"story.below", "below {0} %", "低于 {0} %"},
    {"story.from", "{0} % or more", "{0} % 及以上"},
    {"story.between", "{0} to {1} %", "{0} % 至 {1} %"},
    {"story.baselines", "Baselines and their stability", "基线及其稳定性"},
    {"story.baselines.text",
     "The baseline is the same traffic without any tool. How far it differs from itself (noise) and how much "
     "it varies "
     "between blocks bounds what can be seen of a tool.",
     "基线是没有任何工具时的相同流量。它与自身的差异（噪声）以及各区组之间的波动，决定了能看到多小的工具开销"
     "。"},
    {"story.noise", "Noise", "噪声"},
    {"story.varies", "Varies by", "波动"},
    {"story.stability", "Stability", "稳定性"},
    {"story.stable", "stable", "稳定"},
    {"story.unsteady", "unsteady", "有波动"},
    {"story.unstable", "unstable", "不稳定"},
    {"story.drifts", "drifts", "漂移"},
    {"story.stability.rule",
     "Stable: it varies by less than {0} % between blocks (coefficient of variation); unsteady: by less than "
     "{1} %; "
     "drifts: its two runs in a block differ by more than chance.",
     "稳定：各区组之间的变异系数小于 {0} %；有波动：小于 {1} %；漂移：同一区组内两次基线的差异超出偶然。"},
    {"story.ranges.text",
     "Overhead in percent, positive is worse; a range goes from the lowest to the highest of the tool's "
     "cases and is no "
     "confidence interval (those are in report.html and comparisons.csv).",
     "开销以百分比表示，正值表示变差；范围是该工具各用例的最低值至最高值，不是置信区间（置信区间见 "
     "report.html 和 "
     "comparisons.csv）。"},
    {"story.cpu_user", "CPU of the process", "进程 CPU"},
    {"story.cpu_bpf", "CPU in BPF", "BPF CPU"},
    {"story.output", "Output", "输出"},
    {"story.class", "Use", "使用类别"},
    {"story.verdict", "Verdict", "裁决"},
    {"story.failed", "Not measured: {0}: {1}", "未能测量：{0}：{1}"},
    {"story.no_reason", "no reason is known", "原因未知"},
    {"story.in_short", "In short: {0}.", "小结：{0}。"},
    {"story.class_list", "{0}: {1}", "{0}：{1}"},
    {"story.semicolon", "; ", "；"},
    {"story.across", "Across environments", "跨环境对比"},
    {"story.across.text",
     "The same quantities side by side. Ranges are over tools and cases. Whether two environments really "
     "differ, with "
     "an interval for their ratio, is what bpftax compare says.",
     "相同的量并列比较。范围覆盖工具和用例。两个环境是否确有差异及其比值的置信区间，由 bpftax compare "
     "给出。"},
    {"story.ratios", "Where a tool costs more or less", "同一工具在哪里开销更大或更小"},
    {"story.ratios.text",
     "How many times more the tool multiplies the cost of a unit of work there than in {0}, with its "
     "interval: above 1 it "
     "costs more there. Only rows whose interval excludes 1 are shown.",
     "相对于 {0}，该工具在其他环境中使单位工作成本再放大的倍数及其置信区间：大于 1 "
     "表示在那里开销更大。仅列出区间不含 1 "
     "的行。"},
    {"story.ratios.none", "No row shows a difference: no interval excludes 1, or there are no intervals.",
     "没有任何一行显示差异：没有区间不含 1，或没有置信区间。"},
    {"story.refused", "Not compared, because it was not measured alike:", "以下因测量条件不同而不作比较："},
    {"story.more", "And {0} more.", "另有 {0} 项。"},
    {"story.quantity", "Quantity", "项目"},
    {"story.baseline_of", "Baseline, {0}", "基线，{0}"},
    {"story.latency_of", "{0}: {1}", "{0}：{1}"},
    {"story.cpu_of", "{0}: CPU of the process", "{0}：进程 CPU"},
    {"story.differs", "{0} is classed differently: {1}.", "{0} 在不同环境中类别不同：{1}。"},
    {"story.suits", "What suits which environment", "各环境的适用工具"},
    {"story.may_run", "May run all the time", "可持续运行"},
    {"story.not_all_time", "Not all the time", "不宜持续运行"},

    // 5 Conclusions
    {"story.conclusions", "Conclusions", "结论"},
    {"story.trust", "How far the numbers can be trusted", "数据可信度"},
    {"story.trust.stable", "{0}: the baselines are stable ({1} rows with an interval of {2}).",
     "{0}：基线稳定（{2} 行中 {1} 行有置信区间）。"},
    {"story.trust.weak", "{0}: read with care. {1}", "{0}：请谨慎解读。{1}"},
    {"story.trust.drift", "The baseline drifts in {0}.", "{0} 的基线有漂移。"},
    {"story.trust.varies", "The baseline of {0} varies by {1} % between blocks.",
     "{0} 的基线在各区组之间波动 {1} %。"},
    {"story.trust.no_interval",
     "{0} of {1} rows have no interval: nothing was repeated, so chance is not told from cost.",
     "{1} 行中有 {0} 行没有置信区间：没有重复测量，无法区分偶然与开销。"},
    {"story.trust.better",
     "{0} rows say with their whole interval that a tool made the traffic faster; that is a change of the "
     "machine (idle "
     "states, placement), not a benefit.",
     "有 {0} 行的整个区间都表示工具使流量变快；这反映的是机器状态（空闲状态、放置）的变化，而不是收益。"},
    {"story.trust.incomplete", "The run is not complete.", "测量未完成。"},
    {"story.check", "Designs against expectation", "设计验证"},
    {"story.check.within", "{0}: measured as expected or cheaper ({1} of {2} tools in their environments).",
     "{0}：实测符合预期或更低（{2} 组“工具×环境”中 {1} 组）。"},
    {"story.check.above", "{0}: more than expected in {1}.", "{0}：以下超出预期：{1}。"},
    {"story.check.none", "No tool has a known design; nothing can be checked.",
     "没有工具的设计类别已知，无从验证。"},
    {"story.filter", "Filtering", "过滤的效果"},
    {"story.filter.text",
     "Tools that hand only filtered events to user space add {0} latency, tools that hand over all of them "
     "{1}.",
     "只把过滤后的事件交给用户态的工具使延迟增加 {0}，交出全部事件的工具使延迟增加 {1}。"},
    {"story.advice", "Advice", "使用建议"},
    {"story.advice.rule", "The class of a tool is the worst over its cases and environments.",
     "工具的类别取其所有用例和环境中最差者。"},
    {"story.worst_in", "{0} ({1})", "{0}（{1}）"},
    {"story.improve", "What could be improved", "改进方向"},
    {"story.improve.item", "{0}: {1} {2}", "{0}：{1} {2}"},
    {"story.improve.none", "Nothing in the evidence asks for a change.", "现有证据没有指出需要改进之处。"},

    // Appendices
    {"story.again", "Measuring it again", "重新测量"},
    {"story.warnings", "Warnings", "警告"},
});

}  // namespace bpftax
