# SPDX-License-Identifier: Apache-2.0
# what: a key is registered without proof of possession
# file: lib/chain/sim/counter_app.cpp
# args:
/verify_possession/d
