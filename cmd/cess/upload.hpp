// SPDX-License-Identifier: Apache-2.0
// What the parts of `cess upload` share: its options, and an input with the folder that it is
// staged in, whose name follows from both.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/tagger_key.hpp"
#include "base/id.hpp"
#include "chain/client/rpc.hpp"
#include "chain/types/account_key.hpp"
#include "cli/program.hpp"
#include "codec/bundle.hpp"
#include "codec/encode.hpp"
#include "codec/keys.hpp"
#include "codec/manifest.hpp"
#include "codec/profile.hpp"
#include "codec/tree.hpp"
#include "network.hpp"
#include "podr2/tag.hpp"
#include "transfer/ports.hpp"

namespace cess {

struct UploadOptions {
  NetworkOptions network;
  std::string key;
  std::string territory;
  std::vector<std::string> recipients;
  std::string passphrase_file;
  bool in_clear = false;
  std::string profile = "cess-4-8";
  std::uint64_t fragment_size = kDefaultFragmentSize;
  std::string mask;  ///< empty: tee if there are taggers
  std::string tagger;
  std::string tags;
  std::string tagger_key;
  std::vector<std::string> regions;
  std::string region_file;
  std::string geoip;
  bool lease = false;
  std::uint64_t lease_gib = 1;
  std::uint64_t lease_days = 30;
  std::string work;
  bool spool = false;
  std::uint64_t threads = 0;
  std::string name;
  bool rights = false;
  std::vector<std::string> parents;
  std::string terms;
  std::vector<std::string> inputs;
};

/// One input and where it is staged.
struct UploadInput {
  std::string path;  ///< empty: stdin
  std::optional<std::uint64_t> size;
  std::string folder;
  bool tree = false;  ///< a folder
  Fd kept;            ///< what `path` leads to, if keep_input made it
};
Result<UploadInput> place_input(const UploadOptions& o, const std::string& path,
                                const Hash256& genesis, cli::Context& ctx);

/// An input's bytes.
struct InputStream {
  Fd file;
  std::unique_ptr<TreeSource> tree;
  int fd = -1;
};
Result<InputStream> open_input(const UploadInput& in, cli::Context& ctx);

/// $XDG_STATE_HOME/cess or what stands in for it.
std::string state_folder();
Status make_folders(const std::string& path);

Result<Profile> choose_profile(const UploadOptions& o);
Result<Recipients> choose_recipients(const UploadOptions& o);

/// The user's own tagger, class C.
struct OwnTagger {
  std::optional<TaggerSecret> secret;
  std::optional<TaggerHead> head;
  Bytes public_file;
  std::optional<Tagger> tagger;
};
/// Reads the key, or makes one at the default place.
Result<OwnTagger> open_tagger(const UploadOptions& o, cli::Context& ctx);

/// What the ways of storing share.
struct UploadSession {
  const UploadOptions& o;
  cli::Context& ctx;
  client::Rpc& rpc;
  const AccountKey& key;
  transfer::ChainPort& chain;
  transfer::MinerLinks& links;
  std::optional<Hash256> certificate = {};  ///< of the input that is stored
};
constexpr int kUploadDealsMax = 5;

/// Keys and header of a new encoding. Refuses before the work what the territory has no room for.
Result<NewHeader> upload_header(const UploadSession& session, const UploadInput& in, bool masked);
/// Runs `work` with the options of an encoding, whose progress is shown.
Status show_encoding(const UploadSession& session, const UploadInput& in,
                     const std::function<Status(EncodeOptions&)>& work);
/// Encodes an input for `sink`, which is finished then. Refuses before the work what the territory
/// has no room for.
Result<Manifest> encode_input(const UploadSession& session, const UploadInput& in, bool masked,
                              BundleSink& sink);
Status declare_upload(const UploadSession& session, const Manifest& manifest,
                      const Hash256& digest);
/// Whether the deal of a file has failed, so that it can be declared again.
Result<bool> has_failed(const UploadSession& session, const Fid& fid);

/// --rights: what can be read once only is kept in a file without a name, and read from there.
Status keep_input(UploadInput& in, cli::Context& ctx);
/// --rights: the input's fingerprint, registered to the key's account unless it is already, or the
/// territory has no room for the file. Code::no names the certificates that are in conflict. `path`
/// is the user's name for it.
Result<Hash256> certify_input(const UploadOptions& o, client::Rpc& rpc, const AccountKey& key,
                              const UploadInput& in, const std::string& path, cli::Context& ctx);

/// Tags of one's own or none, delivered from here. Returns the manifest of what is stored.
Result<Manifest> upload_own(const UploadSession& session, const UploadInput& in);
/// Masked, tagged and delivered by a tagger.
Result<Manifest> upload_tee(const UploadSession& session, const UploadInput& in);

}  // namespace cess
