// The guide for scripts (docs/bench_guide.md). Numbers are not rounded; unknown is null.
#include "bench/guide/guide.h"

namespace bpftax::bench {
namespace {

OrderedJson number_or_null(const std::optional<double>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

OrderedJson value_json(const Value& value) {
  return {
      {"mean", value.mean}, {"ci_low", number_or_null(value.low)}, {"ci_high", number_or_null(value.high)}};
}

OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

OrderedJson missing_json(const std::vector<Missing>& list) {
  OrderedJson out = OrderedJson::array();
  for (const Missing& one : list)
    out.push_back(
        {{"what", one.what}, {"reason", text_or_null(one.reason)}, {"command", text_or_null(one.command)}});
  return out;
}

OrderedJson candidate_json(const Candidate& one) {
  OrderedJson metrics = OrderedJson::array();
  for (const Metric& metric : one.metrics) {
    OrderedJson entry = {{"name", metric.name}, {"unit", metric.unit}};
    entry.update(value_json(metric.value));
    metrics.push_back(std::move(entry));
  }
  return {{"name", one.name},   {"cost", one.cost ? value_json(*one.cost) : OrderedJson(nullptr)},
          {"best", one.best},   {"made_of", text_or_null(one.made_of)},
          {"metrics", metrics}, {"limits", text_or_null(one.limits)}};
}

OrderedJson recommendation_json(const Recommendation& one) {
  OrderedJson candidates = OrderedJson::array();
  for (const Candidate& candidate : one.candidates) candidates.push_back(candidate_json(candidate));
  return {{"id", one.id},
          {"topic", one.topic},
          {"purpose", one.purpose},
          {"answer", one.answer},
          {"mix", one.mix},
          {"where", one.where},
          {"unit", one.unit},
          {"why", one.why},
          {"candidates", candidates},
          {"missing", missing_json(one.missing)}};
}

OrderedJson statement_json(const JudgedStatement& one) {
  OrderedJson compared = OrderedJson::array();
  for (const Compared& pair : one.compared)
    compared.push_back({{"left", pair.left},
                        {"right", pair.right},
                        {"where", pair.where},
                        {"left_value", value_json(pair.left_value)},
                        {"right_value", value_json(pair.right_value)},
                        {"finding", to_string(pair.finding)}});
  return {{"id", one.id},
          {"topic", one.topic},
          {"claim", one.claim},
          {"why", one.why},
          {"unit", one.unit},
          {"finding", to_string(one.finding)},
          {"detail", text_or_null(one.detail)},
          {"compared", compared},
          {"missing", missing_json(one.missing)}};
}

}  // namespace

OrderedJson guide_json(const Guide& guide) {
  OrderedJson recommendations = OrderedJson::array(), statements = OrderedJson::array();
  for (const Recommendation& one : guide.recommendations) recommendations.push_back(recommendation_json(one));
  for (const JudgedStatement& one : guide.statements) statements.push_back(statement_json(one));
  return {{"schema", "bpftax.bench.guide/1"},   {"machine", guide.machine}, {"sources", guide.sources},
          {"recommendations", recommendations}, {"statements", statements}, {"notes", guide.notes}};
}

}  // namespace bpftax::bench
