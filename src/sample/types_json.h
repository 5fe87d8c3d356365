// JSON of sample/types.h, both directions; the wire format between agent and controller and the format of raw
// sample files. Field names are the struct's. from_json functions check everything: they read foreign text.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sample/types.h"
#include "util/result.h"

namespace bpftax {

nlohmann::json to_json(const Sample& sample);
nlohmann::json to_json(const SampleSeries& series);
nlohmann::json to_json(const SamplingSpec& spec);
nlohmann::json to_json(const BpfInventory& inventory);

Result<Sample> sample_from_json(const nlohmann::json& json);
Result<SampleSeries> sample_series_from_json(const nlohmann::json& json);
Result<SamplingSpec> sampling_spec_from_json(const nlohmann::json& json);
Result<BpfInventory> bpf_inventory_from_json(const nlohmann::json& json);

}  // namespace bpftax
