# SPDX-License-Identifier: Apache-2.0
# make install DESTDIR=...: commands, man pages, completions.
include(GNUInstallDirs)
get_property(commands GLOBAL PROPERTY CESS_COMMANDS)
foreach(c IN LISTS commands)
  install(TARGETS ${c} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endforeach()
