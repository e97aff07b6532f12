// SPDX-License-Identifier: Apache-2.0
// The voter record on disk: two files of one folder, each synced before write() returns. Any one
// thread at a time.
#pragma once

#include <memory>
#include <string>

#include "chain/consensus/voter_record.hpp"

namespace cess::node {

/// Slots `voter-0` and `voter-1` in `folder`. place() is a hash over the machine's id and the
/// folder's device, inode and birth time, so that a copied or restored folder is noticed.
std::unique_ptr<consensus::VoterStorage> open_voter_files(const std::string& folder);

}  // namespace cess::node
