// What `bpftax history` prints, as tables for people and as JSON ("bpftax.history/1"). Pure.
#pragma once

#include <string>
#include <vector>

#include "history/catalogue.h"
#include "history/trend.h"
#include "util/json.h"

namespace bpftax {

// {"schema": "bpftax.history/1", KEY: VALUE}
std::string history_document(const char* key, OrderedJson value);

OrderedJson runs_json(const std::vector<CatalogueRun>& runs);
OrderedJson subjects_json(const std::vector<CatalogueSubject>& subjects);
OrderedJson rows_json(const std::vector<CatalogueRow>& rows);
OrderedJson trend_json(const Trend& trend, const std::string& by);

std::string runs_table(const std::vector<CatalogueRun>& runs);
std::string run_text(const CatalogueRun& run, const std::vector<CatalogueSubject>& subjects,
                     const std::vector<CatalogueRow>& rows);
std::string trend_text(const Trend& trend);

}  // namespace bpftax
