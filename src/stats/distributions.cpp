#include "stats/distributions.h"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <map>
#include <utility>

namespace bpftax {
namespace {

namespace policies = boost::math::policies;
// Errors as values instead of exceptions, and no detour over long double: 15 digits are enough here.
using Policy =
    policies::policy<policies::promote_double<false>, policies::domain_error<policies::ignore_error>,
                     policies::overflow_error<policies::ignore_error>,
                     policies::evaluation_error<policies::ignore_error>>;
using StudentsT = boost::math::students_t_distribution<double, Policy>;
using Normal = boost::math::normal_distribution<double, Policy>;

}  // namespace

double t_quantile(double p, int degrees_of_freedom) {
  thread_local std::map<std::pair<double, int>, double> known;
  const std::pair key(p, degrees_of_freedom);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  const double value = boost::math::quantile(StudentsT(degrees_of_freedom), p);
  // Levels adjusted for odd designs could be many; a full memory is simply started anew.
  constexpr std::size_t kMaxKnown = 20'000;
  if (known.size() >= kMaxKnown) known.clear();
  known.emplace(key, value);
  return value;
}

double t_two_sided_p(double t, int degrees_of_freedom) {
  const double magnitude = t < 0 ? -t : t;
  return 2 * boost::math::cdf(boost::math::complement(StudentsT(degrees_of_freedom), magnitude));
}

double normal_quantile(double p) {
  return boost::math::quantile(Normal(), p);
}

double normal_upper_tail(double z) {
  return boost::math::cdf(boost::math::complement(Normal(), z));
}

}  // namespace bpftax
