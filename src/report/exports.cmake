# What goes to other programs (JUnit, OpenMetrics, a CI system's page), and the long report over several results.
bpftax_library(bpftax_report_exports
  SOURCES export_junit.cpp export_openmetrics.cpp export_summary.cpp story.cpp story_compare.cpp story_document.cpp
          story_ending.cpp story_model.cpp story_tables.cpp
  DEPS bpftax_compare bpftax_report bpftax_stats bpftax_util fmt::fmt)
bpftax_test(report_exports_test
  SOURCES export_test.cpp story_test.cpp
  DEPS bpftax_report_exports bpftax_report_testdata)
