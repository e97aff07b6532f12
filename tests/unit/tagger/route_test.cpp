// SPDX-License-Identifier: Apache-2.0
#include "tagger/route.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "tagger/client.hpp"
#include "tagger/config.hpp"

namespace cess::tagger {
namespace {

TEST(TaggerRoute, EveryRouteIsReadAsItWasWritten) {
  for (unsigned op = 0; op <= static_cast<unsigned>(TaggerOp::metrics); ++op) {
    TaggerRoute r;
    r.op = static_cast<TaggerOp>(op);
    const bool job = r.op == TaggerOp::status || r.op == TaggerOp::put || r.op == TaggerOp::seal ||
                     r.op == TaggerOp::drop;
    if (job) r.job.bytes.fill(7);
    if (r.op == TaggerOp::put || r.op == TaggerOp::tags) r.pos = {12, 3, 1};
    if (r.op == TaggerOp::share || r.op == TaggerOp::rebuild || r.op == TaggerOp::tags ||
        r.op == TaggerOp::manifest) {
      r.fid.bytes.fill(9);
    }
    if (r.op == TaggerOp::rebuild) {
      r.segment = UINT32_MAX;
      r.column = UINT16_MAX;
    }
    if (r.op == TaggerOp::share) r.reply.fill(3);
    for (const auto purpose : {SharePurpose::read, SharePurpose::repair}) {
      if (r.op == TaggerOp::share && purpose == SharePurpose::repair) {
        r.purpose = purpose;
        r.segment = 5;
        r.column = 6;
      }
      const auto again = parse_tagger_route(tagger_method(r), tagger_target(r));
      ASSERT_TRUE(again) << tagger_target(r) << ": " << again.error().message;
      EXPECT_EQ(*again, r) << tagger_target(r);
      EXPECT_FALSE(parse_tagger_route("PATCH", tagger_target(r)));
    }
  }
}

TEST(TaggerRoute, RefusesTheRest) {
  const std::string id(64, 'a');
  const auto code = [](const char* method, const std::string& target) {
    const auto r = parse_tagger_route(method, target);
    return r ? 0 : static_cast<int>(r.error().code);
  };
  EXPECT_EQ(code("GET", "/"), 1);
  EXPECT_EQ(code("GET", "/tagger/v1/"), 1);
  EXPECT_EQ(code("GET", "/tagger/v2/jobs"), 1);
  EXPECT_EQ(code("GET", "/tagger/v1/jobs/" + id + "/seal"), 1);
  EXPECT_EQ(code("POST", "/tagger/v1/jobs?x=1"), 1);
  EXPECT_EQ(code("GET", "/tagger/v1/jobs/" + id.substr(1)), 3);
  EXPECT_EQ(code("GET", "/tagger/v1/jobs/" + std::string(64, 'A')), 3);
  EXPECT_EQ(code("PUT", "/tagger/v1/jobs/" + id + "/fragments/../../x"), 1);
  EXPECT_EQ(code("PUT", "/tagger/v1/jobs/" + id + "/fragments/x"), 3);
  EXPECT_EQ(code("POST", "/tagger/v1/rebuild?fid=" + id + "&segment=1"), 3);
  EXPECT_EQ(code("POST", "/tagger/v1/rebuild?fid=" + id + "&segment=01&column=1"), 3);
  EXPECT_EQ(code("POST", "/tagger/v1/rebuild?fid=" + id + "&segment=1&column=65536"), 3);
  EXPECT_EQ(code("POST", "/tagger/v1/shares?fid=" + id + "&for=look&reply=" + id), 3);
  EXPECT_EQ(code("GET", std::string(600, '/')), 1);
}

TEST(TaggerDocuments, JobStatusAndConfig) {
  TaggerJobStatus s;
  s.state = "open";
  s.have = {{0, 1, 0}, {2, 3, 1}};
  s.note = "waits";
  const auto again = parse_job_status(write_job_status(s));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->have, s.have);
  EXPECT_EQ(again->note, s.note);
  EXPECT_FALSE(again->fid);
  TaggerConfig c;
  c.nodes = {"http://127.0.0.1:1", "../node-0"};
  c.limits.capacity = 5;
  const auto config = parse_tagger_config(as_bytes(format_tagger_config(c)), "config");
  ASSERT_TRUE(config);
  EXPECT_EQ(*config, c);
  const TaggerConfig at = located(c, "net/tagger-0");
  EXPECT_EQ(at.tagger_key, "net/tagger-0/tagger.key");
  EXPECT_EQ(at.nodes, (std::vector<std::string>{c.nodes[0], "net/tagger-0/../node-0"}));
  EXPECT_FALSE(parse_tagger_config(as_bytes("{}"), "config"));
}

}  // namespace
}  // namespace cess::tagger
