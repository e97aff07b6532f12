# SPDX-License-Identifier: Apache-2.0
# cess_module(name DEPENDS modules... LIBS outside-libraries...)
#   a static library of lib/<name>/**.cpp; the headers of its DEPENDS are the only ones in reach
#   beside its own. Outside libraries after PRIVATE stay inside its .cpp files. A name may be nested
#   (chain/state); its target has underscores (cess_chain_state).
# cess_command(name DEPENDS modules...)  a binary of cmd/<name>/*.cpp

# Optimized well is what computes or moves bytes; what waits for a disk, a network or a user is compiled faster than
# it is optimized (decision 0405): with -O1, and in the sanitized build, whose instrumented code takes two to three
# times as long to compile with the optimizer, with -O0. There tests are as their module is.
set(CESS_BUSY_MODULES json crypto economy erasure merkle podr2 pois codec fingerprint
    chain/types chain/state chain/consensus chain/ledger chain/sim)
set(CESS_MOVING_MODULES base sys net store proto audit)
function(cess_unoptimized target)
  if(CESS_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  else()
    target_compile_options(${target} PRIVATE -O1)
  endif()
endfunction()

# Tests are compiled faster than they are optimized well: the library under them has -O2. Line tables are for the
# sanitizers' reports.
function(cess_test_flags target)
  if(NOT CESS_SANITIZE)
    target_compile_options(${target} PRIVATE -O1 -g0)
  endif()
endfunction()

function(cess_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lib/${name}/*.cpp
       ${CMAKE_SOURCE_DIR}/lib/${name}/*.c)
  if(NOT sources)
    message(STATUS "module ${name}: no sources yet")
    return()
  endif()
  string(REPLACE "/" "_" target cess_${name})
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/lib)
  target_link_libraries(${target} PRIVATE cess_flags)
  if(CESS_FUZZ)
    # What the fuzzer steers by is in modules alone: tests and commands compile faster without.
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  foreach(dep IN LISTS ARG_DEPENDS)
    string(REPLACE "/" "_" dep_target cess_${dep})
    target_link_libraries(${target} PUBLIC ${dep_target})
  endforeach()
  if(ARG_LIBS)
    list(GET ARG_LIBS 0 first)
    if(first STREQUAL "PRIVATE")
      target_link_libraries(${target} ${ARG_LIBS})
    else()
      target_link_libraries(${target} PUBLIC ${ARG_LIBS})
    endif()
  endif()
  if(NOT name IN_LIST CESS_BUSY_MODULES AND (CESS_SANITIZE OR NOT name IN_LIST CESS_MOVING_MODULES))
    cess_unoptimized(${target})
  endif()
  set_property(GLOBAL APPEND PROPERTY CESS_MODULES ${name})
  set_property(GLOBAL PROPERTY CESS_DEPENDS_${name} "${ARG_DEPENDS}")
endfunction()

function(cess_command name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cmd/${name}/*.cpp)
  if(NOT sources)
    message(STATUS "command ${name}: no sources yet")
    return()
  endif()
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/cmd/${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  target_link_libraries(${name} PRIVATE cess_flags)
  cess_unoptimized(${name})
  foreach(dep IN LISTS ARG_DEPENDS)
    string(REPLACE "/" "_" dep_target cess_${dep})
    target_link_libraries(${name} PRIVATE ${dep_target})
  endforeach()
  if(ARG_LIBS)
    target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  endif()
  set_property(GLOBAL APPEND PROPERTY CESS_COMMANDS ${name})
endfunction()

# The modules of the state machine are the folders below lib/chain/state that hold a module.cpp; each
# defines make_<folder>_module(). The list of them is written here, so that a new one is a new folder
# and nothing else.
function(cess_state_modules)
  file(GLOB found CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/lib/chain/state
       ${CMAKE_SOURCE_DIR}/lib/chain/state/*/module.cpp)
  set(declarations "")
  set(calls "")
  foreach(f IN LISTS found)
    get_filename_component(name ${f} DIRECTORY)
    string(APPEND declarations "std::unique_ptr<Module> make_${name}_module();\n")
    string(APPEND calls "  modules.push_back(make_${name}_module());\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/state_modules.cpp @ONLY CONTENT
       "#include \"chain/state/kernel/runtime.hpp\"\n
namespace cess {\n${declarations}
std::vector<std::unique_ptr<Module>> make_all_modules() {
  std::vector<std::unique_ptr<Module>> modules;
${calls}  return modules;
}
}  // namespace cess\n")
  target_sources(cess_chain_state PRIVATE ${CMAKE_BINARY_DIR}/state_modules.cpp)
endfunction()
