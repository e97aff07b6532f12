# SPDX-License-Identifier: Apache-2.0
# Outside libraries: Debian packages (see tools/deps) and blst (third_party/blst.cmake).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(tl-expected REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(RocksDB REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(isal REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(archive REQUIRED IMPORTED_TARGET libarchive)
include(${CMAKE_SOURCE_DIR}/third_party/blst.cmake)
