// SPDX-License-Identifier: Apache-2.0
// Documents of one kind as lines: JSON, or CSV (RFC 4180, but with LF as Unix tools want). Columns
// are the fields of the first document; the parts of a key are key.0, key.1 and so on; a list or an
// object stands in its cell as JSON, so that the columns are the same for all.
#pragma once

#include "cli/program.hpp"

namespace cess {

class Lines {
 public:
  explicit Lines(bool csv) : csv_(csv) {}
  Status print(cli::Context& ctx, const Json& document);

 private:
  bool csv_;
  std::vector<std::string> columns_;
};

/// A cell: quoted if it has a comma, a quote or a line end; with an apostrophe in front if a
/// spreadsheet would compute it.
std::string csv_cell(const std::string& text);

}  // namespace cess
