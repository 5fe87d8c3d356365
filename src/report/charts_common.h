// What the charts share: JSON pieces of Vega-Lite. Only for charts*.cpp.
#pragma once

#include <cmath>
#include <optional>
#include <string>

#include "util/json.h"

namespace bpftax::vega {

inline OrderedJson token(const std::string& name) {
  return {{"$token", name}};
}

inline OrderedJson or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? OrderedJson(*value) : OrderedJson(nullptr);
}

// A chart as wide as its figure, with inline data.
inline OrderedJson base(const OrderedJson& values) {
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v6.json"},
          {"width", "container"},
          {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}},
          {"data", {{"values", values}}}};
}

inline OrderedJson nominal(const std::string& field) {
  return {{"field", field}, {"type", "nominal"}};
}

// A transform that keeps the rows for which a Vega expression holds; the expression is a constant of ours.
inline OrderedJson filter(const char* expression) {
  return OrderedJson::array({OrderedJson::object({{"filter", expression}})});
}

// A vertical axis of names whose width (a token) is the same in every chart.
inline OrderedJson name_axis(const char* width = "labelWidth") {
  return {{"title", nullptr},
          {"grid", false},
          {"ticks", false},
          {"domain", false},
          {"minExtent", token(width)},
          {"maxExtent", token(width)},
          {"labelLimit", token(width)}};
}

}  // namespace bpftax::vega
