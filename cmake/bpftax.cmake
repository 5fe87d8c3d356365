# Build rules of the project: one call per library, test, fuzz target, benchmark, BPF object.

add_library(bpftax_flags INTERFACE)
target_compile_features(bpftax_flags INTERFACE cxx_std_20)
target_include_directories(bpftax_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
target_compile_options(bpftax_flags INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual
  -Wno-missing-field-initializers -fno-omit-frame-pointer
  # False alarms of g++ 12 when it optimises: optional members, and string concatenation (GCC bug 105651).
  "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-maybe-uninitialized;-Wno-restrict>")
if(BPFTAX_SANITIZE)
  target_compile_options(bpftax_flags INTERFACE -fsanitize=${BPFTAX_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(bpftax_flags INTERFACE -fsanitize=${BPFTAX_SANITIZE})
endif()
if(BPFTAX_FUZZ)
  target_compile_options(bpftax_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Headers of others that most sources include, parsed once for all (BPFTAX_PCH): with clang and sanitizers the first
# half of a build took 188 s instead of 256. Our own headers are not among them, so that each source still has to
# include what it uses of ours; the release build goes without and finds what is missing of the rest.
function(bpftax_precompiled name)
  cmake_parse_arguments(ARG "" "" "HEADERS;DEPS" ${ARGN})
  if(NOT BPFTAX_PCH)
    return()
  endif()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${name}.cpp CONTENT "// Nothing but a target for its headers.\n")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/generated/${name}.cpp)
  target_link_libraries(${name} PRIVATE bpftax_flags ${ARG_DEPS})
  list(TRANSFORM ARG_HEADERS REPLACE "(.+)" "$<$<COMPILE_LANGUAGE:CXX>:<\\1$<ANGLE-R>>")
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

# Lets a target use them. Options of its own would make them useless: such targets go without.
function(bpftax_use_precompiled name pch)
  if(TARGET ${pch})
    target_precompile_headers(${name} REUSE_FROM ${pch})
  endif()
endfunction()

# bpftax_library(NAME SOURCES a.cpp b.cpp DEPS bpftax_util fmt::fmt)
function(bpftax_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC bpftax_flags ${ARG_DEPS})
  bpftax_use_precompiled(${name} bpftax_pch)
endfunction()

# bpftax_test(NAME SOURCES a_test.cpp DEPS bpftax_util [TIER unit|netns|bpf|e2e] [TIMEOUT S] [TRAFFIC])
# One executable per folder and tier. The tier names what the tests need: nothing, root with
# network namespaces, BPF, or the whole product with its traffic generators. Tests run two at a time. What needs the
# machine for itself (tiers bpf and e2e, and netns with TRAFFIC) comes one after the other and first; beside it those of
# the tier netns, one after the other too, which wait more than they compute, and at low priority those that need
# nothing.
set(bpftax_low_priority nice -n 19)
function(bpftax_test name)
  if(NOT BPFTAX_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "TRAFFIC" "TIER;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIER)
    set(ARG_TIER unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE bpftax_flags ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  bpftax_use_precompiled(${name} bpftax_test_pch)
  target_compile_definitions(${name} PRIVATE
    BPFTAX_SOURCE_DIR="${CMAKE_SOURCE_DIR}" BPFTAX_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  if(ARG_TIER STREQUAL unit)
    add_test(NAME ${name} COMMAND ${bpftax_low_priority} $<TARGET_FILE:${name}>)
  else()
    add_test(NAME ${name} COMMAND ${name})
  endif()
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_TIER} TIMEOUT ${ARG_TIMEOUT})
  if(ARG_TIER STREQUAL netns AND NOT ARG_TRAFFIC)
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK netns COST 400)
  elseif(NOT ARG_TIER STREQUAL unit)
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK system COST 500)
  endif()
endfunction()

# bpftax_fuzz(NAME SOURCES a_fuzz.cpp DEPS ...)
# Seeds: tests/fuzz-corpus/NAME, where there are any. With libFuzzer in the fuzz preset; beside the tests as a smoke test
# of a fixed set of inputs (tests/fuzz/smoke_main.cpp).
function(bpftax_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  if(BPFTAX_FUZZ)
    add_executable(${name} ${ARG_SOURCES})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    set_property(GLOBAL APPEND PROPERTY BPFTAX_FUZZ_TARGETS ${name})
  elseif(BPFTAX_TESTS)
    if(NOT TARGET bpftax_fuzz_smoke)
      add_library(bpftax_fuzz_smoke STATIC ${CMAKE_SOURCE_DIR}/tests/fuzz/smoke_main.cpp)
      target_link_libraries(bpftax_fuzz_smoke PUBLIC bpftax_flags)
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE bpftax_fuzz_smoke)
    set(seeds ${CMAKE_SOURCE_DIR}/tests/fuzz-corpus/${name})
    if(NOT IS_DIRECTORY ${seeds})
      set(seeds)
    endif()
    add_test(NAME ${name} COMMAND ${bpftax_low_priority} $<TARGET_FILE:${name}> 1000 ${seeds})
    set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 300)
  else()
    return()
  endif()
  target_link_libraries(${name} PRIVATE bpftax_flags ${ARG_DEPS} bpftax_util)
endfunction()

# bpftax_benchmark(NAME SOURCES a_bench.cpp DEPS ...)
function(bpftax_benchmark name)
  if(NOT BPFTAX_BENCHMARKS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE bpftax_flags ${ARG_DEPS} benchmark::benchmark_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endfunction()

# bpftax_bpf_object(TARGET name.bpf.c DEPENDS headers...): compiles with clang -target bpf and makes
# <binary dir>/generated/<name>.skel.h with the struct <name>_bpf; TARGET is a custom target to depend on.
function(bpftax_bpf_object target source)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  find_program(BPFTAX_CLANG NAMES clang clang-14 REQUIRED)
  find_program(BPFTAX_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)
  get_filename_component(stem ${source} NAME)
  string(REPLACE ".bpf.c" "" stem ${stem})
  string(REPLACE "-" "_" skel_name ${stem})
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${stem}.bpf.o)
  set(skeleton ${CMAKE_BINARY_DIR}/generated/${stem}.skel.h)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)
  string(REGEX REPLACE "^(i.86|x86_64|AMD64)$" "x86" bpf_arch ${CMAKE_SYSTEM_PROCESSOR})
  string(REPLACE "aarch64" "arm64" bpf_arch ${bpf_arch})
  add_custom_command(
    OUTPUT ${object} ${skeleton}
    COMMAND ${BPFTAX_CLANG} -g -O2 -Wall -Wextra -Werror -Wno-unused-parameter -target bpf -mcpu=v3
            -D__TARGET_ARCH_${bpf_arch} -I${CMAKE_SOURCE_DIR}/src
            -I/usr/include/${CMAKE_SYSTEM_PROCESSOR}-linux-gnu
            -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
    # Generated code is not held to our warnings.
    COMMAND ${CMAKE_COMMAND} -E echo "#pragma GCC system_header" > ${skeleton}
    COMMAND ${BPFTAX_BPFTOOL} gen skeleton ${object} name ${skel_name}_bpf >> ${skeleton}
    DEPENDS ${source} ${ARG_DEPENDS}
    COMMENT "BPF ${stem}" VERBATIM)
  add_custom_target(${target} DEPENDS ${object} ${skeleton})
endfunction()
