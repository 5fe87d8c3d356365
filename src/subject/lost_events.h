// What a tool says itself about events that it could not deliver: "Lost 123 events" (bpftrace), "Possibly
// lost 32 samples" (BCC), "lost 5 events on CPU #1!" (libbpf tools).
#pragma once

#include <cstdint>
#include <string_view>

namespace bpftax {

// Sum over all such remarks in the text; 0 when there is none. Any bytes are fine; sums saturate.
int64_t count_lost_events(std::string_view output);

}  // namespace bpftax
