// SPDX-License-Identifier: Apache-2.0
#include "chain/client/judge_turn.hpp"

#include <algorithm>

namespace cess::client {

JudgeTurn::Act JudgeTurn::next(Height now, Height due) {
  if (due_ != due) {
    *this = {};
    due_ = due;
    from_ = now;
  }
  if (now < pause_ || (until_ != 0 && now <= until_)) return Act::wait;
  const Height left = due_ - std::min(due_, now);
  const bool last = left <= std::max(kJudgeLastBlocks, (due_ - from_) / kJudgeLastShare);
  if (last && tries_ >= kJudgeTriesMin) return Act::absent;
  return until_ != 0 ? Act::again : Act::ask;
}

void JudgeTurn::failed(Height now) {
  const Height left = due_ - std::min(due_, now);
  ++tries_;
  pause_ = now + std::max<Height>(1, left / kJudgePauseShare);
}

}  // namespace cess::client
