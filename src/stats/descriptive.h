// Descriptive statistics of plain samples. Empty input, or too few values for what is asked, gives nullopt,
// never 0.
#pragma once

#include <optional>
#include <span>

namespace bpftax {

std::optional<double> mean(std::span<const double> values);

// exp(mean(ln x)); nullopt when any value is not positive.
std::optional<double> geometric_mean(std::span<const double> values);

std::optional<double> median(std::span<const double> values);

// Sample standard deviation with n-1 (Bessel), two-pass; nullopt below two values.
std::optional<double> standard_deviation(std::span<const double> values);

// Quantile of type 7 (Hyndman & Fan, The American Statistician 50(4), 1996: h = (n-1)p + 1, linear between
// the two neighbouring order statistics; the default of R and NumPy). p in [0, 1], else nullopt.
std::optional<double> quantile(std::span<const double> values, double p);

// Coefficient of variation, sd/|mean|, as a fraction; nullopt when the mean is 0.
std::optional<double> coefficient_of_variation(std::span<const double> values);

// Lag-1 autocorrelation r1 = sum (x_i - m)(x_{i+1} - m) / sum (x_i - m)^2 (Box, Jenkins & Reinsel, Time
// Series Analysis, 3rd ed., sec. 2.1). nullopt below three values or without any variation.
std::optional<double> lag1_autocorrelation(std::span<const double> values);

}  // namespace bpftax
