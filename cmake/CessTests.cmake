# SPDX-License-Identifier: Apache-2.0
# Unit tests (tests/unit/<module>/*.cpp -> test_<module>, with _ for /), fuzz targets (tests/fuzz/fuzz_<x>.cpp),
# benchmarks (tests/bench/bench_<x>.cpp),
# Bats (tests/cli/NN-name.bats) and house rules (tests/tidy/<rule>). C++ files may open with a line
#   // links: module module...
# that names the modules they need beyond the obvious one. Targets to build: unit_tests, fuzzers, benches, commands.
# Label asan: also run under the sanitizers.
if(NOT CESS_NATIVE_TESTS)
  return()
endif()
enable_testing()
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
add_custom_target(unit_tests)
add_custom_target(fuzzers)
add_custom_target(benches)
add_custom_target(commands)
get_property(commands GLOBAL PROPERTY CESS_COMMANDS)
if(commands)
  add_dependencies(commands ${commands})
endif()

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
  string(REPLACE "/" "_" id ${module})
  set(test test_${id})
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${module}/*.cpp)
  if(tests)
    add_executable(${test} ${tests})
    target_include_directories(${test} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(${test} PRIVATE
      CESS_VECTORS_DIR="${CMAKE_SOURCE_DIR}/tests/vectors")
    target_link_libraries(${test} PRIVATE cess_flags cess_${id} GTest::gmock_main)
    if(NOT module IN_LIST CESS_BUSY_MODULES)
      cess_unoptimized(${test})
    endif()
    foreach(t IN LISTS tests)
      cess_links_of(${t} extra)
      target_link_libraries(${test} PRIVATE ${extra})
    endforeach()
    add_test(NAME unit.${id} COMMAND ${test})
    set_tests_properties(unit.${id} PROPERTIES LABELS asan)
    add_dependencies(unit_tests ${test})
  endif()
endforeach()

# libFuzzer binaries, under clang only; tools/fuzz runs them.
if(CESS_FUZZ)
  file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_*.cpp)
  foreach(f IN LISTS fuzzers)
    get_filename_component(name ${f} NAME_WE)
    cess_links_of(${f} extra)
    add_executable(${name} ${f})
    target_link_libraries(${name} PRIVATE cess_flags ${extra})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers ${name})
  endforeach()
endif()

# Not part of `all`: `make bench` and tools/check ask for them.
file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/bench_*.cpp
     ${CMAKE_SOURCE_DIR}/tests/bench/load_*.cpp ${CMAKE_SOURCE_DIR}/tests/chaos/chaos_*.cpp)
foreach(b IN LISTS benches)
  get_filename_component(name ${b} NAME_WE)
  cess_links_of(${b} extra)
  add_executable(${name} EXCLUDE_FROM_ALL ${b})
  target_link_libraries(${name} PRIVATE cess_flags ${extra} benchmark::benchmark)
  add_dependencies(benches ${name})
endforeach()

# Processes that Bats files need beside the commands; Bats runs the build that is not sanitized.
if(NOT CESS_SANITIZE)
  file(GLOB cli_programs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/cli/cli_*.cpp)
  foreach(p IN LISTS cli_programs)
    get_filename_component(name ${p} NAME_WE)
    cess_links_of(${p} extra)
    add_executable(${name} ${p})
    target_link_libraries(${name} PRIVATE cess_flags ${extra})
  endforeach()
endif()

find_program(CESS_BATS bats)
file(GLOB bats_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/cli/[0-9][0-9]-*.bats)
if(CESS_BATS)
  foreach(b IN LISTS bats_files)
    get_filename_component(name ${b} NAME_WE)
    add_test(NAME cli.${name} COMMAND ${CESS_BATS} ${b})
    set_tests_properties(cli.${name} PROPERTIES ENVIRONMENT "CESS_BIN=${CMAKE_BINARY_DIR}/bin" TIMEOUT 3600)
    # Not those that trace: the leak checker cannot run under a tracer.
    if(name MATCHES "^0[0-2]")
      set_tests_properties(cli.${name} PROPERTIES LABELS asan)
    endif()
  endforeach()
endif()

# Each rule is a script that takes the source and the build folder, prints what is wrong, and fails.
file(GLOB tidy_rules CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/tidy/*.bash)
if(NOT CESS_SANITIZE)
  foreach(r IN LISTS tidy_rules)
    get_filename_component(name ${r} NAME_WE)
    add_test(NAME tidy.${name} COMMAND bash ${r} ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
  endforeach()
endif()

# Each public header compiles alone: one source file per header, kept up to date by the build itself. tools/check
# asks for it.
if(NOT CESS_SANITIZE)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/lib ${CMAKE_SOURCE_DIR}/lib/*/*.hpp
       ${CMAKE_SOURCE_DIR}/lib/chain/*/*.hpp ${CMAKE_SOURCE_DIR}/lib/chain/state/*/*.hpp)
  set(header_sources "")
  foreach(h IN LISTS headers)
    string(MAKE_C_IDENTIFIER ${h} id)
    set(source ${CMAKE_BINARY_DIR}/headers/${id}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${h}\"\n")
    list(APPEND header_sources ${source})
  endforeach()
  add_library(header_check OBJECT EXCLUDE_FROM_ALL ${header_sources})
  set_target_properties(header_check PROPERTIES UNITY_BUILD OFF)
  target_compile_options(header_check PRIVATE -O0 -g0 -U_FORTIFY_SOURCE)
  target_include_directories(header_check PRIVATE ${CMAKE_SOURCE_DIR}/lib)
  target_link_libraries(header_check PRIVATE cess_flags)
endif()
