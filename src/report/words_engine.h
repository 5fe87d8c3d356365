// Chinese of the sentences that the engine, the analysis and the advice write into a result in English:
// patterns in which {0}, {1}, ... stand for what varies. Only for words_engine.cpp.
#pragma once

#include <array>
#include <string_view>

namespace bpftax {

struct EnginePattern {
  std::string_view en, zh;
};

// Reasons of verdicts (stats/verdict.cpp, run/comparisons.cpp, analyze/out_pairs.cpp).
inline constexpr auto kVerdictPatterns = std::to_array<EnginePattern>({
    {"no valid block", "没有有效区组"},
    {"only {0} valid block, at least {1} are needed", "只有 {0} 个有效区组，至少需要 {1} 个"},
    {"only {0} valid blocks, at least {1} are needed", "只有 {0} 个有效区组，至少需要 {1} 个"},
    {"so far {0}", "目前为 {0}"},
    {"about {0} blocks would settle it", "约 {0} 个区组可以判定"},
    {"more blocks cannot help, a finer metric would", "增加区组无济于事，需要更精细的指标"},
    {"more than {0} blocks would be needed", "需要超过 {0} 个区组"},
    {"the overhead is {0} ({1} to {2}), more than the margin of {3}",
     "开销为 {0}（{1} 至 {2}），超过允许值 {3}"},
    {"there is an overhead, {0} ({1} to {2}), and it may exceed the margin of {3}",
     "存在开销 {0}（{1} 至 {2}），可能超过允许值 {3}"},
    {"there is an overhead, {0} ({1} to {2})", "存在开销 {0}（{1} 至 {2}）"},
    {"no margin is set for this metric", "该指标未设允许值"},
    {"the baseline already reaches {0} of the cap, so this metric cannot show a cost",
     "基线已达到上限的 {0}，该指标无法显示开销"},
    {"no overhead shown, {0} ({1} to {2}), and no margin is set for this metric",
     "未显示开销：{0}（{1} 至 {2}），且该指标未设允许值"},
    {"the interval, {0} ({1} to {2}), stays below the margin of {3}, but only effects from {4} on are found "
     "reliably",
     "置信区间 {0}（{1} 至 {2}）低于允许值 {3}，但只有 {4} 以上的效应才能可靠地发现"},
    {"measurable, acceptable: {0} ({1} to {2}), within the margin of {3}",
     "可测出但可接受：{0}（{1} 至 {2}），在允许值 {3} 之内"},
    {"better than the baseline: {0} ({1} to {2}), margin {3}", "优于基线：{0}（{1} 至 {2}），允许值 {3}"},
    {"no overhead shown, and at most {0}, within the margin of {1}",
     "未显示开销，最多 {0}，在允许值 {1} 之内"},
    {"the overhead is not known well enough, {0} ({1} to {2}), margin {3}",
     "开销尚不够确定：{0}（{1} 至 {2}），允许值 {3}"},
    {"the mean says {0}, but the signed-rank test does not support it (p = {1}): few blocks decide",
     "平均值表明 {0}，但符号秩检验不支持（p = {1}）：结论取决于少数区组"},
    {"{0} ({1} to {2})", "{0}（{1} 至 {2}）"},
    {"inside a block the second baseline differs from the first by {0} ({1} to {2}): something drifts while "
     "measuring",
     "区组内第二次基线与第一次相差 {0}（{1} 至 {2}）：测量期间存在漂移"},
    {"inside a block the second baseline differs from the first by {0} ({1} to {2}): a drift, but a small "
     "one beside "
     "the margin",
     "区组内第二次基线与第一次相差 {0}（{1} 至 {2}）：有漂移，但与允许值相比很小"},
    {"inside a block the second baseline differs from the first by {0} ({1} to {2}), in the metric's unit: "
     "something drifts while measuring",
     "区组内第二次基线与第一次相差 {0}（{1} 至 {2}），按指标单位计：测量期间存在漂移"},
    {"inside a block the second baseline differs from the first by {0} ({1} to {2}), in the metric's unit: a "
     "drift, but a small one beside the margin",
     "区组内第二次基线与第一次相差 {0}（{1} 至 {2}），按指标单位计：有漂移，但与允许值相比很小"},
    {"the baseline differs from itself by {0} ({1} to {2})", "基线与自身相差 {0}（{1} 至 {2}）"},
    {"differences from {0} on are found reliably", "{0} 以上的差值才能可靠地发现"},
    {"{0} on its own ({1} to {2} in its unit), but not when all {3} rows of the table are taken into account "
     "(Holm: p = {4})",
     "单独看为 {0}（按指标单位 {1} 至 {2}），但考虑表中全部 {3} 行后不成立（Holm：p = {4}）"},
    {"neighbouring blocks are alike (autocorrelation {0})", "相邻区组相似（自相关 {0}）"},
    {"the interval was widened for it", "置信区间已相应放宽"},
    {"every block gave exactly the same effect: the metric may be too coarse to show one",
     "每个区组的效应完全相同：该指标可能过于粗糙"},
    {"the metric moves in steps of {0} of the baseline", "该指标以基线的 {0} 为步长变化"},
    {"a smaller effect cannot be seen", "更小的效应无法看出"},
    {"the baseline is at its cap: the overhead is at least what is shown",
     "基线已达上限：开销至少为所示数值"},
    {"a window measured something that is not a number, or is negative", "有窗口测得非数值或负值"},
    {"{0} on its own ({1} to {2}), but not when all {3} rows of the table are taken into account (Holm: p = "
     "{4})",
     "单独看为 {0}（{1} 至 {2}），但考虑表中全部 {3} 行后不成立（Holm：p = {4}）"},
    {"OVERHEAD by itself, but not among the {0} secondary metrics looked at (adjusted p = {1})",
     "单独看有开销，但在所考察的 {0} 项次要指标中不成立（校正后 p = {1}）"},
    {"in the metric's unit, because some windows measured 0: worse by {0} ({1} to {2}), allowed {3}",
     "因有窗口测得 0，按指标单位计：变差 {0}（{1} 至 {2}），允许 {3}"},
    {"in the metric's unit, because some windows measured 0: worse by at most {0}, allowed {1}",
     "因有窗口测得 0，按指标单位计：最多变差 {0}，允许 {1}"},
    {"in the metric's unit, because some windows measured 0: worse by {0} ({1} to {2}), and it may be more "
     "than "
     "allowed {3}",
     "因有窗口测得 0，按指标单位计：变差 {0}（{1} 至 {2}），可能超过允许的 {3}"},
    {"in the metric's unit, because some windows measured 0: the difference is not known well enough: {0} "
     "({1} to "
     "{2}), allowed {3}",
     "因有窗口测得 0，按指标单位计：差值尚不够确定：{0}（{1} 至 {2}），允许 {3}"},
    {"in the metric's unit, because some windows measured 0: the difference, {0} ({1} to {2}), stays below "
     "what is "
     "allowed, {3}, but only differences from {4} on are found reliably",
     "因有窗口测得 0，按指标单位计：差值 {0}（{1} 至 {2}）低于允许的 {3}，但只有 {4} "
     "以上的差值才能可靠地发现"},
    {"in the metric's unit, because some windows measured 0: few blocks decide, the signed-rank test does "
     "not agree: "
     "{0} ({1} to {2})",
     "因有窗口测得 0，按指标单位计：结论取决于少数区组，符号秩检验不一致：{0}（{1} 至 {2}）"},
    {"the subject was taken out: {0}", "该工具已被移出：{0}"},
    {"the tool was not running: {0}", "工具未在运行：{0}"},
    {"there is no baseline to compare with", "没有可比较的基线"},
    {"there is no value with the tool", "没有带工具的数值"},
    {"no value with the tool could be read", "未能读到带工具的数值"},
    {"one baseline and one run with the tool: the difference is printed as such",
     "一次基线和一次带工具的运行：差值按原样给出"},
    {"without repetition nothing tells the tool from chance, so there is neither an interval nor a verdict",
     "没有重复测量便无法区分工具的影响与偶然，因此没有置信区间，也没有裁决"},
    {"{0} pairs of a baseline and a run with the tool: they give an interval",
     "{0} 对基线与带工具的运行：可得出置信区间"},
    {"fewer than {0} are never judged", "少于 {0} 对从不裁决"},
    // Why measuring ended.
    {"the last planned look was reached", "已完成最后一次预定查看"},
    {"the planned {0} blocks are done", "预定的 {0} 个区组已完成"},
    {"every verdict is decided", "全部裁决已定"},
    // The synthetic results of the tests.
    {"the whole interval lies above the margin", "整个置信区间高于允许值"},
    {"the whole interval lies below the margin", "整个置信区间低于允许值"},
    {"measurable, acceptable: the whole interval lies below the margin",
     "可测出但可接受：整个置信区间低于允许值"},
    {"there is an overhead, and it may be above the margin", "存在开销，且可能高于允许值"},
    {"the interval spans both zero and the margin", "置信区间同时跨过零和允许值"},
    {"worse with the tool", "带工具时变差"},
    {"no difference shown", "未显示差别"},
    {"no margin is set", "未设允许值"},
});

// Class of use (class_of_use.cpp) and states of tools.
inline constexpr auto kClassPatterns = std::to_array<EnginePattern>({
    {"It was not measured.", "未测量。"},
    {"It was not measured: {0}.", "未测量：{0}。"},
    {"No primary metric could be estimated.", "没有可估计的主要指标。"},
    {"Everything stays low: every latency and CPU increase {0}, every share lost {1}, user-space CPU {2}.",
     "各项均低：延迟和 CPU 增加 {0}，损失份额 {1}，用户态 CPU {2}。"},
    {"{0}: in the band \"{1}\" (increase {2}).", "{0}：属于“{1}”一档（增加 {2}）。"},
    {"{0}: in the band \"{1}\" (share lost {2}).", "{0}：属于“{1}”一档（损失份额 {2}）。"},
    {"{0}: in the band \"{1}\" (user-space CPU {2}).", "{0}：属于“{1}”一档（用户态 CPU {2}）。"},
    {"The evidence is too weak: the intervals allow everything from \"{0}\" to \"{1}\" ({2}, upper bound {3} "
     "%).",
     "证据太弱：置信区间涵盖从“{0}”到“{1}”的范围（{2}，上限 {3} %）。"},
    {"It may be worse: {0} reaches up to {1} %.", "可能更差：{0} 最高可达 {1} %。"},
    {"No interval is known: how much of this is chance cannot be told.",
     "没有置信区间：其中多少出于偶然无从得知。"},
    {"{0} % on {1} throughput", "{1} 吞吐量 {0} %"},
    {"{0} % on {1} min latency", "{1} 最小延迟 {0} %"},
    {"{0} % on {1} mean latency", "{1} 平均延迟 {0} %"},
    {"{0} % on {1} p50 latency", "{1} p50 延迟 {0} %"},
    {"{0} % on {1} p90 latency", "{1} p90 延迟 {0} %"},
    {"{0} % on {1} p99 latency", "{1} p99 延迟 {0} %"},
    {"{0} % on {1} max latency", "{1} 最大延迟 {0} %"},
    {"{0} % on {1} transactions/s", "{1} 每秒事务数 {0} %"},
    {"{0} % on {1} packets/s", "{1} 每秒包数 {0} %"},
    {"{0} % on {1} CPU/transaction", "{1} 每事务 CPU 时间 {0} %"},
    {"{0} % on {1} CPU/packet", "{1} 每包 CPU 时间 {0} %"},
    {"{0} % on {1} CPU/GB", "{1} 每 GB CPU 时间 {0} %"},
    {"{0} % of a CPU in user space", "用户态占单个 CPU {0} %"},
    {"below {0} %", "低于 {0} %"},
    {"{0} % or more", "{0} % 及以上"},
    {"{0} to {1} %", "{0} 至 {1} %"},
    {"may run continuously", "可持续运行"},
    {"for diagnosis", "用于诊断"},
    {"only briefly", "仅限短时使用"},
    {"avoid", "避免使用"},
    {"continuous", "可持续运行"},
    {"diagnosis", "用于诊断"},
    {"short-term", "仅限短时使用"},
    {"unknown", "未知"},
    // Designs (report/class_design.cpp).
    {"It is the placebo: it has no programs.", "这是安慰剂，没有程序。"},
    {"It was not measured.", "未测量。"},
    {"Nothing is known of its programs.", "其程序情况未知。"},
    {"How much it writes, or how often its programs run, is not known.", "其输出量或程序运行频率未知。"},
    {"Its programs ran {0} times/s: too seldom to tell what they hand out.",
     "其程序每秒运行 {0} 次，次数太少，无法判断其输出方式。"},
    {"It reports what it sees: {0}.", "逐一上报所见：{0}。"},
    {"It has no buffer for events: {0}.", "没有事件缓冲区：{0}。"},
    {"It has a buffer for events (map {0}, {1}) and hands out few of them: {2}.",
     "有事件缓冲区（映射 {0}，{1}），但只交出少量事件：{2}。"},
    {"bpftrace always has a buffer for events ({0}), so what it writes may be sums or events: {1}.",
     "bpftrace 总是带有事件缓冲区（{0}），其输出可能是汇总，也可能是事件：{1}。"},
    {"`class:` in its registry entry says which.", "请在注册表条目中用 `class:` 指明。"},
    {"its programs run {0}, and it writes {1} bytes for each run",
     "其程序运行频率为{0}，每次运行输出 {1} 字节"},
    {"{0} times for each packet", "每包 {0} 次"},
    {"{0} times for each transaction", "每事务 {0} 次"},
    {"{0} times/s", "每秒 {0} 次"},
    {"CPU {0}: {1} a tool that {2} is expected to cost ({3}).", "CPU {0}：{1}{2}的工具的预期（{3}）。"},
    {"Added latency {0}: {1} a tool that {2} is expected to cost ({3}).",
     "增加的延迟 {0}：{1}{2}的工具的预期（{3}）。"},
    {"cheaper than", "低于"},
    {"as", "符合"},
    {"more than", "高于"},
    {"sums up in the kernel", "在内核中汇总"},
    {"reports single events behind a filter", "过滤后上报单个事件"},
    {"reports every event", "上报每个事件"},
    {"no eBPF program appeared within {0}", "{0} 内没有出现 eBPF 程序"},
    {"{0} of {1} streams was lost", "{1} 条流中丢失 {0} 条"},
    {"{0} of {1} streams were lost", "{1} 条流中丢失 {0} 条"},
    {"its block was dropped: {0}", "其区组已被丢弃：{0}"},
});

}  // namespace bpftax
