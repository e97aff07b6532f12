// SPDX-License-Identifier: Apache-2.0
// How likely a segment is lost or out of reach, from a simple model. It assumes independent miners;
// below about 1e-12 a number only says that correlated failures and bugs come first.
//
// Loss: a birth-death chain over the number i of lost fragments of one segment. Lost are n - i of
// them at rate (n - i) * failure rate; one at a time is repaired, at rate 1 / repair time, which is
// pessimistic, since a repair that has read k fragments could rebuild them all. With i = m + 1 the
// segment is gone. The chain is started whole; the annual loss is 1 - exp(-1 year / mean time).
// Unavailability: fewer than k of n fragments on nodes that are up, each independently.
#pragma once

#include "base/result.hpp"

namespace cess {

struct DurabilityModel {
  double failures_per_year = 0.20;  ///< permanent, of one miner, as a rate
  double repair_hours = 24;         ///< mean time from a loss to its repair
  double node_up = 0.95;            ///< share of time in which a miner answers
};

struct Durability {
  double overhead = 0;     ///< bytes stored per byte of the file
  double annual_loss = 0;  ///< probability that a segment is lost within a year
  double unavailable = 0;  ///< probability that a segment cannot be read at a given moment
};

/// For (k, m) in `copies` replicas. A replica of a fragment is as good as any other: the fragment
/// is lost when all its replicas are, and replicas are rebuilt from each other. Code::usage when k
/// = 0, copies = 0, k + m > 255, or a number of the model is not in its range (rates and times
/// positive and finite, 0 <= node_up <= 1).
Result<Durability> durability(unsigned k, unsigned m, unsigned copies = 1,
                              const DurabilityModel& model = {});

}  // namespace cess
