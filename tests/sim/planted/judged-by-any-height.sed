# SPDX-License-Identifier: Apache-2.0
# what: a proposal is judged by a final block of another height
# file: lib/chain/ledger/judge.cpp
# args:
s/certificate->height != proposal\.height \|\| right->height != proposal\.height \|\|//
