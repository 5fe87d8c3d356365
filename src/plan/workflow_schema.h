// Words of the workflow document that writer and reader share. Internal to plan/.
#pragma once

namespace bpftax {

inline constexpr const char* kWorkflowSchema = "bpftax.workflow/1";
inline constexpr const char* kBaselineCycle = "baseline";
inline constexpr const char* kCaseCycle = "ebpf_test";

}  // namespace bpftax
