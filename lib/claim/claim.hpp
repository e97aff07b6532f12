// SPDX-License-Identifier: Apache-2.0
// From a fingerprint to a certificate of rights: what is near, registration, names of certificates.
// What the command line and uploads share; blocking, one thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "chain/client/send.hpp"
#include "chain/state/rights/calls.hpp"
#include "fingerprint/types.hpp"

namespace cess::claim {

/// Whether a text may be the terms of a certificate or the claim of a dispute. Code::usage.
Status check_text(const std::string& text, const std::string& what);

/// What of a fingerprint goes on the chain; rights::commitment_of gives fp::commitment of it.
rights::Print print_of(const fp::Fingerprint& f);

/// A registered work that is near.
struct Found {
  Hash256 certificate;
  AccountId holder;
  unsigned distance = 0;
  bool same_bytes = false;
};
struct NearWorks {
  rights::Policy policy = rights::Policy::off;
  unsigned radius = 0;
  std::vector<Found> found;  ///< the same bytes first, then nearest first
};
/// Asks the node; believes it. Of the owner's works only that of the same bytes is told.
Result<NearWorks> search(client::Rpc& rpc, const rights::Print& print, const AccountId& owner);
/// Of these, the works of others that are not among the parents.
std::vector<Found> conflicts_of(const NearWorks& near, const AccountId& owner,
                                const std::vector<Hash256>& parents);

enum class Answer : std::uint8_t { registered, known, refused };
/// What became of a wish to register.
struct Claimed {
  Answer answer = Answer::refused;
  Hash256 certificate;           ///< known: the holder's own that covers these bytes
  std::vector<Found> conflicts;  ///< refused: why; registered: what the chain flagged
  std::uint64_t unnamed = 0;     ///< registered, known: near works that are no part of `conflicts`
  std::uint64_t number = 0;
  unsigned reach = 0;
  Height height = 0;
  TxnHash txn;  ///< registered
};
/// What is asked when nothing hinders a registration, before anything is paid; its error ends it.
using Ready = std::function<Status()>;
/// Looks first and sends nothing that would be refused, nor asks `ready` then; who was overtaken by
/// another transaction gets the same answer and has paid the fee. With `only_look` nothing is sent
/// or asked, and what would be registered is answered as such, with number 0. Code::no: the
/// certificate was struck, or a parent does not stand or permit; Code::usage: terms or parents that
/// are wrong on any chain.
Result<Claimed> register_print(client::Rpc& rpc, const AccountKey& key, const rights::Print& print,
                               const rights::Terms& terms, const std::vector<Hash256>& parents,
                               bool only_look = false, const Ready& ready = {});

/// A wish to register that nothing hindered, on its way; or one that is answered already.
struct Pending {
  rights::Register wish;
  std::optional<Claimed> answer;  ///< known or refused: nothing was sent
  std::optional<Txn> txn;
};
/// The two halves of register_print, for many at once: nonces follow one another, and blocks take
/// as many as they hold. Works of the same bytes must not be on their way together: what a node
/// searches stands in blocks. Await in the order of sending.
Result<Pending> send_registration(client::Rpc& rpc, const AccountKey& key,
                                  const rights::Print& print, const rights::Terms& terms,
                                  const std::vector<Hash256>& parents, const Ready& ready = {});
Result<Claimed> await_registration(client::Rpc& rpc, const Pending& sent);
/// What is held for a certificate with these terms, by the chain's present parameters.
Result<Amount> deposit_of(client::Rpc& rpc, const rights::Terms& terms, std::size_t parents);

/// The door for uploads, with the fingerprint of what comes in; a gateway pays for the owner that
/// authorised it. Looks first; asks `room` whether what is to be stored can be stored, since a
/// deposit would be held for nothing; then registers. Errors of `room` are passed on.
Result<Claimed> claim_upload(client::Rpc& rpc, const AccountKey& payer, const AccountId& owner,
                             const rights::Print& print, const rights::Terms& terms,
                             const std::vector<Hash256>& parents, const Ready& room);

/// The certificates that a name means: a certificate, a file that carries one, an exact hash (64
/// digits), a 64-bit id (16 digits). Code::input: no such form; Code::no: none.
Result<std::vector<Hash256>> find_all(client::Rpc& rpc, const std::string& name);
/// Exactly one: Code::input names the candidates if there are several.
Result<Hash256> find_one(client::Rpc& rpc, const std::string& name);

/// "certificate '…' at distance 12, held by cX…"
std::string describe(const Found& f);
Json found_json(const Found& f);

}  // namespace cess::claim
