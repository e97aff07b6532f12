# SPDX-License-Identifier: Apache-2.0
# Unit tests (tests/unit/<module>/*.cpp -> test_<module>), fuzz targets (tests/fuzz/fuzz_<x>.cpp),
# benchmarks (tests/bench/bench_<x>.cpp). Each file may open with a line
#   // links: module module...
# that names the modules it needs beyond the obvious one.
if(NOT CESS_NATIVE_TESTS)
  return()
endif()
enable_testing()
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)

# Reads the "// links:" line of a source file into `out`.
function(cess_links_of file out)
  file(STRINGS ${file} line LIMIT_COUNT 1 REGEX "^// links:")
  string(REGEX REPLACE "^// links:[ ]*" "" line "${line}")
  separate_arguments(line)
  set(targets "")
  foreach(m IN LISTS line)
    list(APPEND targets cess_${m})
  endforeach()
  set(${out} "${targets}" PARENT_SCOPE)
endfunction()

get_property(modules GLOBAL PROPERTY CESS_MODULES)
foreach(module IN LISTS modules)
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${module}/*.cpp)
  if(tests)
    add_executable(test_${module} ${tests})
    target_include_directories(test_${module} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(test_${module} PRIVATE
      CESS_VECTORS_DIR="${CMAKE_SOURCE_DIR}/tests/vectors")
    target_link_libraries(test_${module} PRIVATE cess_flags cess_${module} GTest::gmock_main)
    foreach(t IN LISTS tests)
      cess_links_of(${t} extra)
      target_link_libraries(test_${module} PRIVATE ${extra})
    endforeach()
    add_test(NAME unit.${module} COMMAND test_${module})
  endif()
endforeach()

# A fuzz target is a libFuzzer binary under clang, else a program that replays its stored corpus.
file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_*.cpp)
foreach(f IN LISTS fuzzers)
  get_filename_component(name ${f} NAME_WE)
  cess_links_of(${f} extra)
  add_executable(${name} ${f})
  target_link_libraries(${name} PRIVATE cess_flags ${extra})
  if(CESS_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    string(REPLACE "fuzz_" "" corpus ${name})
    if(name STREQUAL "fuzz_canary")
      # The planted bug must be found (a shell, since ctest takes no crash for an expected failure).
      add_test(NAME fuzz-replay.canary COMMAND sh -c
               "! '$<TARGET_FILE:${name}>' '${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/canary' 2>/dev/null")
    else()
      add_test(NAME fuzz-replay.${corpus}
               COMMAND ${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${corpus})
    endif()
  endif()
endforeach()

file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/bench_*.cpp)
foreach(b IN LISTS benches)
  get_filename_component(name ${b} NAME_WE)
  cess_links_of(${b} extra)
  add_executable(${name} ${b})
  target_link_libraries(${name} PRIVATE cess_flags ${extra} benchmark::benchmark)
endforeach()
