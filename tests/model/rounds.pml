/* SPDX-License-Identifier: Apache-2.0
 *
 * One height of C-QBFT (lib/chain/consensus): which blocks can become final, whatever the network
 * does and whatever one of four validators says. What is modelled and what is not: README.md.
 *
 *   n = 4: NH honest ones, the rest liars; quorum Q; rounds 0 to 2; two blocks, 1 and 2
 *
 * Messages are facts: what an honest validator has signed stays signed, and anybody may hear of it at
 * any later time or never. A liar has signed everything, for everybody. So a certificate exists as
 * soon as enough honest ones stand behind it.
 */
#ifndef NH
#define NH 3  /* or 2 */
#endif
#ifndef Q
#define Q 3
#endif
#define N 4
#define ROUNDS 3
#define LIARS (N - NH)

/* Faults that are planted: -DUNCHECKED and -DFORGETS below, and these. */
#ifdef LOWEST
#define TAKES (claim == 0)
#else
#define TAKES true
#endif
#ifdef UNRECORDED
#define VOTED(v) (1 << ((v) - 1))
#else
#define VOTED(v) 3
#endif

byte round_of[NH];           /* where it is */
byte entered[NH];            /* bit r: has signed ROUND-CHANGE to r */
byte prepares[NH * ROUNDS];  /* of i in r, at i * ROUNDS + r: bit 0 block 1, bit 1 block 2 */
byte commits[NH * ROUNDS];
byte proposed[ROUNDS];       /* by an honest proposer: its block; 0 none yet */
byte liars_round;            /* whose proposer lies; ROUNDS: none of them */

/* Scratch, always left at 0 so that it makes no states. */
hidden byte count, i_, r_, s_, size_, high, block, claim, claimed, found, v_;

/* count := honest validators with the bit of `v` in `votes` of round `r` */
#define tally(votes, r, v) \
  count = 0; \
  i_ = 0; \
  do \
  :: i_ < NH -> count = count + ((votes[i_ * ROUNDS + (r)] >> ((v) - 1)) & 1); i_++ \
  :: else -> break \
  od

/* What the ROUND-CHANGE of i to r says: claim = round of its prepared block plus one, claimed = block. */
inline claim_of(i, r) {
  claim = 0;
  claimed = 0;
#ifndef FORGETS
  r_ = 0;
  do
  :: r_ < r && commits[i * ROUNDS + r_] != 0 && TAKES ->
     claim = r_ + 1;
     claimed = (commits[i * ROUNDS + r_] & 1 -> 1 : 2);
     r_++
  :: r_ < r && !(commits[i * ROUNDS + r_] != 0 && TAKES) -> r_++
  :: else -> break
  od
#endif
}

/* found := there is a quorum of ROUND-CHANGEs to r that lets a proposer of r propose v. Liars say that
 * they have nothing prepared, or show any PREPARE-QC there is. */
inline justify(r, v) {
  found = 0;
  s_ = 0;
  do
  :: s_ < (1 << NH) && !found ->
     size_ = 0; high = 0; block = 0; v_ = 0;
     do
     :: v_ < NH ->
        if
        :: ((s_ >> v_) & 1) && ((entered[v_] >> r) & 1) ->
           size_++;
           claim_of(v_, r);
           if
           :: claim > high -> high = claim; block = claimed
           :: else
           fi
        :: ((s_ >> v_) & 1) && !((entered[v_] >> r) & 1) -> size_ = 100
        :: else
        fi;
        v_++
     :: else -> break
     od;
     if
     :: size_ < 100 && size_ + LIARS >= Q ->
#ifdef UNCHECKED
        found = 1
#else
        if
        :: high == 0 || block == v -> found = 1
        :: else ->
           /* a liar's claim above those of the honest ones, or beside them */
           r_ = high - 1;
           do
           :: r_ < r ->
              tally(prepares, r_, v);
              if
              :: count + LIARS >= Q -> found = 1
              :: else
              fi;
              r_++
           :: else -> break
           od
        fi
#endif
     :: else
     fi;
     s_++
  :: else -> break
  od;
  s_ = 0; size_ = 0; high = 0; block = 0; claim = 0; claimed = 0; v_ = 0; r_ = 0; i_ = 0; count = 0
}

/* A proposal of its round is accepted, once: PREPARE. */
inline prepare(i, v) {
  if
  :: prepares[i * ROUNDS + round_of[i]] & VOTED(v) -> skip
  :: else ->
     if
     :: round_of[i] == 0 -> found = 1
     :: else -> justify(round_of[i], v)
     fi;
     if
     :: found && round_of[i] == liars_round ->
        prepares[i * ROUNDS + round_of[i]] = prepares[i * ROUNDS + round_of[i]] | (1 << (v - 1))
     :: found && round_of[i] != liars_round &&
        (proposed[round_of[i]] == 0 || proposed[round_of[i]] == v) ->
        proposed[round_of[i]] = v;
        prepares[i * ROUNDS + round_of[i]] = prepares[i * ROUNDS + round_of[i]] | (1 << (v - 1))
     :: else
     fi;
     found = 0
  fi
}

/* It sees a PREPARE-QC of its round, and has the block, whatever it prepared itself: COMMIT. */
inline commit(i, v) {
  if
  :: commits[i * ROUNDS + round_of[i]] == 0 ->
     tally(prepares, round_of[i], v);
     if
     :: count + LIARS >= Q -> commits[i * ROUNDS + round_of[i]] = 1 << (v - 1)
     :: else
     fi;
     count = 0; i_ = 0
  :: else
  fi
}

/* Its timer ends, or others have gone ahead: any later round at any time. */
inline change(i, r) {
  if
  :: r > round_of[i] -> round_of[i] = r; entered[i] = entered[i] | (1 << r)
  :: else
  fi
}

/* No two COMMIT-QCs of different blocks, in whatever rounds. */
inline check() {
  high = 0;
  r_ = 0;
  do
  :: r_ < ROUNDS ->
     tally(commits, r_, 1);
     if
     :: count + LIARS >= Q -> high = high | 1
     :: else
     fi;
     tally(commits, r_, 2);
     if
     :: count + LIARS >= Q -> high = high | 2
     :: else
     fi;
#ifdef REACHES
     assert(!(r_ == ROUNDS - 1 && count + LIARS >= Q));  /* wrong, so that a run to there is shown */
#endif
     r_++
  :: else -> break
  od;
  assert(high != 3);
  high = 0; r_ = 0; i_ = 0; count = 0
}

byte who, what, which;

active proctype network() {
  if
  :: liars_round = 0
  :: liars_round = 1
  :: liars_round = 2
  :: liars_round = ROUNDS
  fi;
  do
  :: atomic {
       select(who : 0 .. NH - 1);
       select(what : 0 .. 2);
       select(which : 1 .. 2);
       d_step {
         if
         :: what == 0 -> prepare(who, which)
         :: what == 1 -> commit(who, which); check()
         :: else -> change(who, which)
         fi;
         who = 0; what = 0; which = 0
       }
     }
  od
}
