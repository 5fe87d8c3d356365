// Adjusted p-values for a family of tests, in input order. Inputs are in [0, 1]; so are outputs, and none is
// below its input. An adjusted p-value <= alpha means: rejected by the procedure at alpha.
#pragma once

#include <span>
#include <vector>

namespace bpftax {

// Family-wise error rate under any dependence (Holm, Scandinavian Journal of Statistics 6(2), 1979).
std::vector<double> holm(std::span<const double> p_values);

// False discovery rate under independence or positive dependence (Benjamini & Hochberg, JRSS B 57(1), 1995).
std::vector<double> benjamini_hochberg(std::span<const double> p_values);

}  // namespace bpftax
