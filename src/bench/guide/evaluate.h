// Judges the tables of statements.h and purposes.h by the rows of a document. Only for guide.cpp and tests.
#pragma once

#include "bench/guide/guide.h"
#include "bench/guide/purposes.h"
#include "bench/guide/statements.h"

namespace bpftax::bench {

// `rows`: the measurements of one machine, each identity once.
JudgedStatement judge(const Statement& statement, const Document& document);
Recommendation recommend(const Purpose& purpose, const Document& document);

// Is left <= factor * right (or >=)? Confirmed and contradicted only where the intervals do not overlap after
// the factor was applied; undecided without intervals.
Finding compare(const Value& left, Relation relation, double factor, const Value& right);

// The command that measures rows like these.
std::string measuring_command(std::string_view topic, const Select& select);

}  // namespace bpftax::bench
