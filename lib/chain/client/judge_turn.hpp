// SPDX-License-Identifier: Apache-2.0
// What a judge does about one trial, and when: asks for the proof, asks again, says "absent" near
// the end, waits for its verdict to be in a block, and says it again when it is not. Heights only;
// what stands on the chain needs no memory.
#pragma once

#include "chain/types/ids.hpp"

namespace cess::client {

/// Who came too late to ask so often says nothing about absence.
constexpr unsigned kJudgeTriesMin = 3;
/// The last part of the time, at least so many blocks, in which absence is said.
constexpr Height kJudgeLastShare = 8;
constexpr Height kJudgeLastBlocks = 2;
/// Who does not answer is asked again when this part of the time left has passed, so that it does
/// not keep the others waiting.
constexpr Height kJudgePauseShare = 8;

class JudgeTurn {
 public:
  enum class Act {
    wait,
    ask,    ///< for the proof; then `failed` or `sent`
    again,  ///< the same, as the verdict that was sent is lost
    absent  ///< say so; then `sent`
  };
  /// At block `now`, for a trial whose stage ends with `due`: another `due` is another draw.
  Act next(Height now, Height due);
  /// The proof was not to be had.
  void failed(Height now);
  /// A verdict is on its way, that no block after `until` may hold.
  void sent(Height until) { until_ = until; }
  [[nodiscard]] Height due() const { return due_; }

 private:
  Height due_ = 0;
  Height from_ = 0;  // when it was seen first
  unsigned tries_ = 0;
  Height pause_ = 0;  // until then
  Height until_ = 0;
};

}  // namespace cess::client
