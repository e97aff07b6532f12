// SPDX-License-Identifier: Apache-2.0
// What a tagger does when asked: uploads (jobs.hpp), its shares of mask keys, repairs. Who may ask
// for what:
//
//   jobs            the account that began it; any account of the chain may begin one
//   share to read   an owner of the file or who was granted it; anybody of a public file
//   share to repair an active tagger, while a miner has claimed the fragment
//   rebuild         that miner
//
// Every share that leaves is told to `log`. Any thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "tagger/jobs.hpp"
#include "tagger/server.hpp"
#include "tagger/world.hpp"

namespace cess::tagger {

struct EngineCounts {
  std::uint64_t fragments = 0;      ///< masked and tagged
  std::uint64_t sealed = 0;         ///< uploads
  std::uint64_t delivered = 0;      ///< files
  std::uint64_t shares_read = 0;    ///< released
  std::uint64_t shares_repair = 0;  ///< released
  std::uint64_t rebuilt = 0;        ///< fragments
  std::uint64_t refused = 0;        ///< requests
};

class Engine final : public TaggerService {
 public:
  struct Parts {
    Jobs& jobs;
    World& world;
    TaggerKeys keys;
    Hash256 genesis;
    Random& random;
    Clock& clock;
    std::function<void(const std::string&)> log;
  };
  explicit Engine(Parts parts) : p_(std::move(parts)) {}

  Result<TaggerAnswer> serve(const TaggerRoute& route, const Ed25519Public& caller,
                             Bytes body) override;
  /// For GET of a job's status and for /health: what delivery says.
  void set_note(const JobId& job, std::string note);
  void count_delivered();
  [[nodiscard]] EngineCounts counts() const;

 private:
  Result<TaggerAnswer> dispatch(const TaggerRoute& route, const Ed25519Public& caller, Bytes body);
  Result<TaggerAnswer> begin(const AccountId& who, const Bytes& header);
  Result<TaggerAnswer> job(const TaggerRoute& route, const AccountId& who, Bytes body);
  Result<TaggerAnswer> share(const TaggerRoute& route, const Ed25519Public& caller,
                             const Bytes& body);
  Result<TaggerAnswer> rebuild(const TaggerRoute& route, const Ed25519Public& caller,
                               const Bytes& body);
  Result<Bytes> tags_of(const TaggerRoute& route, const Manifest& manifest, const FragmentPos& pos);
  Result<TaggerAnswer> archive(const TaggerRoute& route);
  /// The manifest whose digest the chain has, and its file.
  struct Known {
    files::File file;
    Manifest manifest;
  };
  Result<Known> known(const Fid& fid, const Bytes& text);
  /// The order, if somebody has claimed it and still has time.
  Result<files::RestoralOrder> claimed(const TaggerRoute& route);
  [[nodiscard]] std::string status_text(const JobView& view);
  [[nodiscard]] Asker asker() const;

  Parts p_;
  mutable std::mutex mutex_;
  EngineCounts counts_;
  std::map<JobId, std::string> notes_;
};

/// Prometheus text of counters and jobs.
std::string format_metrics(const EngineCounts& counts, const JobTotals& jobs);

}  // namespace cess::tagger
