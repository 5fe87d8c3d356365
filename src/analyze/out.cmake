# What is made of an analysed tree: tables, summaries, a result. Included by CMakeLists.txt.
bpftax_library(bpftax_analysis_out
  SOURCES out_all.cpp out_analysis.cpp out_csv.cpp out_files.cpp out_joined.cpp out_overview.cpp
          out_pairs.cpp out_raw.cpp out_result.cpp out_rows_run.cpp out_rows_tree.cpp out_summaries.cpp
          out_summary_parts.cpp out_table.cpp out_windows.cpp out_write.cpp
  DEPS bpftax_analyze bpftax_plan bpftax_report_text bpftax_result bpftax_judged_row bpftax_stats bpftax_workload bpftax_util fmt::fmt)
# The synthetic result is report's (a folder that is configured later).
bpftax_test(analysis_out_test
  SOURCES out_files_test.cpp out_result_test.cpp out_rows_run_test.cpp out_table_test.cpp
  DEPS bpftax_analysis_out bpftax_report_testdata)

if(BPFTAX_TESTS)
  # The values a second time, by a script that shares no code with bpftax: the standard library of Python only.
  find_program(BPFTAX_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
  add_test(NAME analyze_values COMMAND ${BPFTAX_PYTHON} -B ${CMAKE_SOURCE_DIR}/tests/analyze/check_values.py
    test ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/bpftax ${CMAKE_SOURCE_DIR}/tests/data/origin-results)
  set_tests_properties(analyze_values PROPERTIES LABELS e2e TIMEOUT 300)
endif()
