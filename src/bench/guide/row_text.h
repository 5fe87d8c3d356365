// Rows and their values as the page and the guide print them. Plain text, not escaped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bench/model.h"

namespace bpftax::bench {

// "1024", "0.75", "adaptive"
std::string param_text(const Json& value);
// "entries=1024, threads=2"; without the key `except`.
std::string params_text(const Json& params, std::string_view except = {});

// A unit that makes `typical` readable, and what to divide by: 12345.0 of "ns" is {"us", 1e3}; "share"
// becomes
// "%"; others stay.
struct Scale {
  std::string unit;
  double divisor = 1;
};
Scale scale_for(double typical, std::string_view unit);

// "12.6 ns", "1.23 us", "3.1 %", "412k/s", "1.5 MiB"
std::string amount_text(double value, std::string_view unit);
// The same with its interval: "12.6 ns (12.1 to 13.1)"; "12.6 ns (one process, no interval)".
std::string value_text(const Value& value, std::string_view unit);
// A time that is not of one operation, in the unit that its size calls for: "847 ns", "1.84 us", "2.50 ms".
std::string total_text(double ns);
// The same with its interval, if it has one: "1.84 us (1.80 to 1.87)".
std::string total_text(const Value& ns);
// The interval alone, in the unit itself: "12.1 to 13.1"; "" where there is none.
std::string interval_text(const Value& value);

// What a row measured: its time, or with a name the metric of that name. nullopt: it has none.
std::optional<Value> quantity_of(const Row& row, std::string_view metric = {});
// "ns", or the unit of that metric.
std::string unit_of(const Row& row, std::string_view metric = {});

// "hash lookup in the program", "ringbuf reserve", "array lookup from user space"
std::string row_name(const Row& row);
// "in the program", "from user space", ""
std::string_view side_text(std::string_view side);
// "Maps", "Hooks", "Submission", "Loading"
std::string family_title(std::string_view benchmark);

}  // namespace bpftax::bench
