# SPDX-License-Identifier: Apache-2.0
# Constant-time checks: tests/ct/ct_<x>.cpp -> ct_<x>, run case by case under valgrind by the ctest
# test `ct`. Needs valgrind and its header; without them, and in sanitizer builds (which valgrind
# cannot run), there is no such test.
if(NOT CESS_NATIVE_TESTS OR CESS_SANITIZE)
  return()
endif()
find_program(CESS_VALGRIND valgrind)
find_path(CESS_VALGRIND_INCLUDE valgrind/memcheck.h)
if(NOT CESS_VALGRIND OR NOT CESS_VALGRIND_INCLUDE)
  message(STATUS "constant time: valgrind not found, no test `ct`")
  return()
endif()
file(GLOB ct_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/ct/ct_*.cpp)
set(ct_programs "")
foreach(source IN LISTS ct_sources)
  get_filename_component(name ${source} NAME_WE)
  cess_links_of(${source} extra)
  add_executable(${name} ${source})
  target_include_directories(${name} SYSTEM PRIVATE ${CESS_VALGRIND_INCLUDE})
  target_link_libraries(${name} PRIVATE cess_flags ${extra})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # valgrind 3.19 gives up on the DWARF 5 that clang writes; function names are enough.
    target_link_options(${name} PRIVATE -Wl,--strip-debug)
  endif()
  list(APPEND ct_programs $<TARGET_FILE:${name}>)
endforeach()
add_test(NAME ct COMMAND ${CMAKE_SOURCE_DIR}/tests/ct/run ${ct_programs})
