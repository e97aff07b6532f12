# SPDX-License-Identifier: Apache-2.0
# blst (BLS12-381) as C source, from the npm package below: fetched once into the build cache with
# the npm client, refused unless its SHA-256 is the pinned one, built here. Nothing is vendored.
set(BLST_PACKAGE "@chainsafe/blst@0.2.11")
set(BLST_SHA256 7e53abd85e87a59dd11f5d1e22cc3435edd238c1f05f1afe26132b3642e3229b)
# Kept outside the build folder so that every preset shares one download.
set(CESS_CACHE_DIR ${CMAKE_SOURCE_DIR}/.cache CACHE PATH "where pinned sources are kept")
set(blst_tgz ${CESS_CACHE_DIR}/chainsafe-blst-0.2.11.tgz)

set(blst_found "")
if(EXISTS ${blst_tgz})
  file(SHA256 ${blst_tgz} blst_found)
endif()
if(NOT blst_found STREQUAL BLST_SHA256)
  find_program(CESS_NPM npm REQUIRED)
  file(MAKE_DIRECTORY ${CESS_CACHE_DIR})
  file(REMOVE ${blst_tgz})
  message(STATUS "blst: fetching ${BLST_PACKAGE} with npm")
  execute_process(COMMAND ${CESS_NPM} pack --silent --pack-destination ${CESS_CACHE_DIR} ${BLST_PACKAGE}
                  WORKING_DIRECTORY ${CESS_CACHE_DIR} RESULT_VARIABLE blst_rc OUTPUT_QUIET
                  ERROR_VARIABLE blst_err)
  if(NOT blst_rc EQUAL 0)
    message(FATAL_ERROR "blst: npm pack failed: ${blst_err}")
  endif()
  file(SHA256 ${blst_tgz} blst_found)
  if(NOT blst_found STREQUAL BLST_SHA256)
    message(FATAL_ERROR "blst: SHA-256 is ${blst_found}, pinned is ${BLST_SHA256}")
  endif()
endif()

set(blst_dir ${CMAKE_BINARY_DIR}/blst)
if(NOT EXISTS ${blst_dir}/package/blst/src/server.c)
  file(ARCHIVE_EXTRACT INPUT ${blst_tgz} DESTINATION ${blst_dir} PATTERNS "package/blst/src/*"
       "package/blst/build/assembly.S" "package/blst/build/elf/*" "package/blst/bindings/blst*.h"
       "package/blst/LICENSE")
endif()
# blst_shim.c includes blst's own server.c and adds the entry points we need beside the public ones.
add_library(blst STATIC ${CMAKE_SOURCE_DIR}/third_party/blst_shim.c)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  # Field arithmetic with and without ADX, chosen when the program starts.
  target_sources(blst PRIVATE third_party/blst_dispatch.c third_party/blst_plain.S
                 third_party/blst_adx.S)
else()
  target_sources(blst PRIVATE ${blst_dir}/package/blst/build/assembly.S)
endif()
set_target_properties(blst PROPERTIES UNITY_BUILD OFF)
target_include_directories(blst SYSTEM PUBLIC ${blst_dir}/package/blst/bindings
                           ${CMAKE_SOURCE_DIR}/third_party)
target_include_directories(blst SYSTEM PRIVATE ${blst_dir}/package/blst/src
                           ${blst_dir}/package/blst/build)
target_compile_options(blst PRIVATE -O2 -fno-builtin -Wno-unused-command-line-argument -w)
# __BLST_PORTABLE__: nothing in the C code depends on the building machine's processor.
target_compile_definitions(blst PRIVATE __BLST_PORTABLE__)
