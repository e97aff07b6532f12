# SPDX-License-Identifier: Apache-2.0
# what: transactions are executed in the order of their addresses in memory
# file: lib/chain/sim/counter_app.cpp
# args:
s/^void CounterApp::execute\(const ParsedBlock& b\) \{/&\n  std::set<std::unique_ptr<CounterTxn>> unordered;\n  for (const Bytes\& one : b.block.txns) {\n    auto t = decode_scale<CounterTxn>(one, "transaction");\n    if (t) unordered.insert(std::make_unique<CounterTxn>(*t));\n  }\n  for (const auto\& t : unordered) run(*t);/
s/^    if \(t\) run\(\*t\);//
