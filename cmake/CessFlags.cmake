# SPDX-License-Identifier: Apache-2.0
# Language level, warnings and hardening, the same for every target of our own.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
# Release speed with line tables only: full debug information doubles build time and link memory.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1")

option(CESS_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(CESS_FUZZ "Build libFuzzer targets (clang only)" OFF)
option(CESS_NATIVE_TESTS "Build tests and benchmarks" ON)

# The presets compile about eight files of a target as one (CMAKE_UNITY_BUILD), which halves the time of a
# clean build (decision 0405). Each file still includes all it uses: cmake --preset release
# -DCMAKE_UNITY_BUILD=OFF builds them one by one.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)

find_program(CESS_CCACHE ccache)
if(CESS_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CESS_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CESS_CCACHE})
endif()

# Links in a third of the time of GNU ld, which about a hundred programs of a whole build feel.
find_program(CESS_LLD ld.lld)
if(CESS_LLD)
  add_link_options(-fuse-ld=lld)
endif()

add_library(cess_flags INTERFACE)
target_compile_options(cess_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wimplicit-fallthrough
  -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -Werror=format-security -fstack-clash-protection -fstack-protector-strong -fcf-protection=full
  -fno-delete-null-pointer-checks -fno-strict-overflow -ftrivial-auto-var-init=zero)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(cess_flags INTERFACE -Wtrampolines -Wbidi-chars=any)
  # The compiler's own garbage collector rests: a batch takes up to 1 GB instead of 0.6, and a twelfth less time.
  target_compile_options(cess_flags INTERFACE "SHELL:--param ggc-min-expand=10000"
                         "SHELL:--param ggc-min-heapsize=4194304")
  if(CMAKE_UNITY_BUILD)
    # The first takes a .cpp that is included for a header; the second sees ghosts in a std::optional once more is
    # inlined (clang and the sanitizers look for the same).
    target_compile_options(cess_flags INTERFACE -Wno-subobject-linkage -Wno-maybe-uninitialized)
  endif()
endif()
target_compile_definitions(cess_flags INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(cess_flags INTERFACE
  -pie -Wl,-z,nodlopen -Wl,-z,noexecstack -Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
if(CESS_SANITIZE)
  # -O1 at most, and -O0 for most modules (cess_unoptimized): the release build tests the optimizer.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
  # Null pointers and sizes of objects are checked by AddressSanitizer as well, and cost a fifth of the compile time.
  target_compile_options(cess_flags INTERFACE -fsanitize=address,undefined -fno-sanitize=null,object-size
                         -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(cess_flags INTERFACE -fsanitize=address,undefined)
else()
  # Fortification and the sanitizers' interceptors do not mix.
  target_compile_options(cess_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
if(CESS_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "CESS_FUZZ needs clang: cmake --preset fuzz")
  endif()
endif()
