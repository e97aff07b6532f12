// SPDX-License-Identifier: Apache-2.0
// How the world carries out faults, and how it ends them all.
#include "chain/sim/node_keys.hpp"
#include "chain/sim/world.hpp"

namespace cess::sim {

template <class F>
void World::each(std::uint64_t nodes, F f) {
  for (NodeId n = 0; n < nodes_.size() && n < 64; ++n) {
    if ((nodes >> n & 1U) != 0) f(*nodes_[n]);
  }
}

void World::schedule_faults() {
  for (const Fault& f : options_.faults) {
    queue_.at(f.at, [this, &f] {
      note("fault " + std::string(fault_name(f.kind)));
      trace_.add(static_cast<std::uint64_t>(f.kind));
      active_.insert(&f - options_.faults.data());
      begin(f);
    });
    queue_.at(f.until, [this, &f] {
      if (active_.erase(&f - options_.faults.data()) > 0) end(f);
    });
  }
}

void World::split(const Fault& f, bool both_ways, bool on) {
  for (NodeId a = 0; a < nodes_.size(); ++a) {
    for (NodeId b = 0; b < nodes_.size(); ++b) {
      const bool in = a < 64 && (f.nodes >> a & 1U) != 0;
      const bool other = b < 64 && (f.nodes >> b & 1U) != 0;
      if (in == other) continue;
      if (in || both_ways) network_.cut(a, b, on);
    }
  }
}

void World::ring(bool on) {
  const auto n = static_cast<NodeId>(nodes_.size());
  for (NodeId a = 0; a < n; ++a) {
    for (NodeId b = 0; b < n; ++b) {
      const NodeId ahead = (b + n - a) % n;
      if (ahead > 2) network_.cut(a, b, on);
    }
  }
}

void World::flap(const Fault& f, bool on) {
  if (calm_) return;
  const SimTime next = queue_.now() + f.amount * kMs;
  split(f, true, on);
  if (on || next < f.until) {
    queue_.at(std::min(next, f.until), [this, &f, on] { flap(f, !on); });
  }
}

// A new disk with the snapshot of whoever is furthest, and the block that it belongs to.
void World::join(Node& n) {
  Disk::Copy disk;
  Node* donor = newest_node();
  if (const auto snapshot = donor == nullptr ? nullptr : donor->disk().get(kSnapshotKey)) {
    const auto app = make_app();
    app->restore(snapshot);
    const auto key = block_key(app->height());
    const auto block = std::static_pointer_cast<const StoredBlock>(donor->disk().get(key));
    if (block != nullptr &&
        consensus::verify_certificate(crypto_.verifier(), chain_, *app->parent_committee(),
                                      block->certificate)) {
      disk.store = {{kSnapshotKey, snapshot}, {key, block}};
      note("begins with a snapshot");
    }
  }
  n.disk().restore(disk);
  n.boot();
}

void World::begin(const Fault& f) {
  switch (f.kind) {
    case FaultKind::kill:
      each(f.nodes, [](Node& n) { n.stop(false); });
      break;
    case FaultKind::power:
    case FaultKind::fresh:
      each(f.nodes, [](Node& n) { n.stop(true); });
      break;
    case FaultKind::power_call:
      each(f.nodes, [&](Node& n) { n.disk().fail_at_call(f.amount); });
      break;
    case FaultKind::kill_call:
      each(f.nodes, [&](Node& n) {
        n.disk().kill_at_call(f.amount);
        if (f.flag) n.disk().fail_after_restart(1 + f.amount % 9);
      });
      break;
    case FaultKind::tail_lost:
      each(f.nodes, [&](Node& n) { n.disk().lose_tail_at_call(f.amount); });
      break;
    case FaultKind::partition:
      split(f, true, true);
      break;
    case FaultKind::one_way:
      split(f, false, true);
      break;
    case FaultKind::ring:
      ring(true);
      break;
    case FaultKind::flap:
      flap(f, true);
      break;
    case FaultKind::clog: {
      // Node after node closes, and opens in another order (swizzle-clog).
      each(f.nodes, [&](Node& n) {
        const SimTime open = queue_.now() + random_.below(f.until - queue_.now() + 1);
        for (NodeId other = 0; other < nodes_.size(); ++other) {
          network_.clog(n.id(), other, open);
          network_.clog(other, n.id(), open);
        }
      });
      break;
    }
    case FaultKind::loss:
      network_.set_loss(static_cast<unsigned>(f.amount));
      break;
    case FaultKind::delay:
      network_.set_delay(f.amount * kMs);
      break;
    case FaultKind::clock:
    case FaultKind::disk_full:
      each(f.nodes, [&](Node& n) {
        if (f.kind == FaultKind::disk_full) return n.disk().set_full(true);
        const auto ms = static_cast<std::int64_t>(f.amount);
        n.set_skew(n.skew() + (f.flag ? -ms : ms));
      });
      break;
    case FaultKind::rot:
      each(f.nodes, [&](Node& n) {
        for (std::uint64_t i = 0; i < f.amount; ++i) n.disk().rot();
      });
      break;
    case FaultKind::slot_flip:
      // The newer slot may be the one: then the record is older than what was signed, and no honest
      // behaviour can be demanded. It counts as one of the f.
      each(f.nodes, [&](Node& n) {
        n.stop(true);
        n.set_honest(false);
        checker_.unprotect(n.key());
        n.disk().flip(random_.below(2));
      });
      break;
    case FaultKind::record_lost:
      each(f.nodes, [](Node& n) {
        n.stop(true);
        n.disk().flip(0);
        n.disk().flip(1);
      });
      break;
    case FaultKind::backup:
      each(f.nodes, [&](Node& n) { copies_[{f.number, n.id()}] = n.disk().copy(); });
      break;
  }
}

void World::end(const Fault& f) {
  const auto restart = [](Node& n) {
    if (!n.up()) n.boot();
  };
  switch (f.kind) {
    case FaultKind::kill:
    case FaultKind::power:
    case FaultKind::slot_flip:
    case FaultKind::record_lost:
      each(f.nodes, restart);
      break;
    case FaultKind::fresh:
      each(f.nodes, [this](Node& n) {
        n.stop(true);  // another fault may have brought the old one back
        join(n);
      });
      break;
    case FaultKind::partition:
      split(f, true, false);
      break;
    case FaultKind::one_way:
      split(f, false, false);
      break;
    case FaultKind::ring:
      ring(false);
      break;
    case FaultKind::loss:
      network_.set_loss(options_.network.loss_permille);
      break;
    case FaultKind::delay:
      network_.set_delay(0);
      break;
    case FaultKind::clock:
      each(f.nodes, [&](Node& n) {
        const auto ms = static_cast<std::int64_t>(f.amount);
        n.set_skew(n.skew() + (f.flag ? ms : -ms));
      });
      break;
    case FaultKind::disk_full:
      // A node that could not write its record votes again after a restart.
      each(f.nodes, [](Node& n) {
        n.disk().set_full(false);
        n.stop(false);
        if (!n.up()) n.boot();
      });
      break;
    case FaultKind::backup:
      each(f.nodes, [&](Node& n) {
        n.stop(true);
        const auto copy = copies_[{f.number, n.id()}];
        if (copy) n.disk().restore(*copy);
        n.boot();
      });
      break;
    default:
      break;
  }
}

void World::start_calm() {
  for (const auto f : std::exchange(active_, {})) end(options_.faults[static_cast<std::size_t>(f)]);
  calm_ = true;
  network_.calm();
  for (const auto& n : nodes_) {
    n->disk().set_full(false);
    n->disk().fail_after_restart(0);
    n->disk().power_on();
    n->disk().fail_at_call(0);
    if (!n->up()) n->boot();
  }
  calm_height_ = checker_.highest();
  note("calm");
}

}  // namespace cess::sim
