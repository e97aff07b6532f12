// SPDX-License-Identifier: Apache-2.0
// The configuration of a tagger's service folder, JSON "cess.tagger_node/1". Relative paths are
// relative to the folder.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "chain/state/taggers/calls.hpp"
#include "podr2/keys.hpp"
#include "tagger/jobs.hpp"

namespace cess::tagger {

struct TaggerConfig {
  std::vector<std::string> nodes;      ///< URLs of RPCs, or nodes' folders: the first that answers
  std::string listen = "127.0.0.1:0";  ///< host:port; port 0: any
  std::string endpoint;                ///< as the chain names it, "https://host:port"
  std::string account_key = "account.key";
  std::string tagger_key = "tagger.key";
  std::string work = "work";  ///< staging folder
  std::string attestation;    ///< document of attestation "file"; empty: none
  JobLimits limits;
  friend bool operator==(const TaggerConfig& a, const TaggerConfig& b) {
    return a.nodes == b.nodes && a.listen == b.listen && a.endpoint == b.endpoint &&
           a.account_key == b.account_key && a.tagger_key == b.tagger_key && a.work == b.work &&
           a.attestation == b.attestation && a.limits.capacity == b.limits.capacity &&
           a.limits.jobs_max == b.limits.jobs_max && a.limits.idle_s_max == b.limits.idle_s_max;
  }
};

/// One line and its end.
std::string format_tagger_config(const TaggerConfig& config);
/// Code::input; unknown keys are ignored, all but `node` have defaults.
Result<TaggerConfig> parse_tagger_config(ByteView text, std::string_view what);
/// Paths of `config` as seen from outside its folder.
TaggerConfig located(TaggerConfig config, const std::string& folder);

/// What `taggers.register` takes, with the proof of possession. `document`: the attestation's,
/// whose SHA-256 must be the key's attestation digest (Code::input); empty: attestation none.
Result<taggers::Register> make_registration(const TaggerSecret& secret, const TaggerHead& head,
                                            const Hash256& genesis, const AccountId& account,
                                            std::string endpoint, Bytes document);

}  // namespace cess::tagger
