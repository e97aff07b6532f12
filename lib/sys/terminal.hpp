// SPDX-License-Identifier: Apache-2.0
// What stands at the other end of a descriptor, and text that cannot take over a terminal.
#pragma once

#include <string>
#include <string_view>

namespace cess {

bool is_terminal(int fd);
/// Columns of the terminal behind `fd`; 80 when it is none or does not say.
int terminal_columns(int fd);

/// One line of harmless text: control characters (C0, DEL, C1) and bytes that are not UTF-8 become
/// \n, \t or \xNN, a backslash stays itself. Names of files are not always what they seem.
std::string escape_control(std::string_view text);

}  // namespace cess
