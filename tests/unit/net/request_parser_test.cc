#include "net/detail/request_parser.h"

#include <random>
#include <vector>

#include "net_support.h"

namespace wakeful::net::test {
namespace {

using detail::RequestParser;

constexpr std::size_t kHeaderLimit = 2048;
constexpr std::size_t kBodyLimit = 4096;

struct Outcome {
  int refused = 0;  ///< status, or 0
  std::string detail;
  bool complete = false;
  std::size_t used = 0;
  Request request;
};

/// Feeds the bytes in pieces of a size, as a connection would.
Outcome parse(std::string_view bytes, std::size_t piece = 1 << 20) {
  RequestParser parser(kHeaderLimit, kBodyLimit);
  Outcome outcome;
  std::string held;
  std::size_t given = 0;
  while (given < bytes.size() && !parser.complete() && outcome.refused == 0) {
    const auto next = bytes.substr(given, piece);
    given += next.size();
    held += next;
    bool error = false;
    const std::size_t used = parser.feed(held, error);
    EXPECT_LE(used, held.size());
    held.erase(0, used);
    outcome.used += used;
    if (error) {
      outcome.refused = parser.refusal().status;
      outcome.detail = parser.refusal().detail;
    }
    EXPECT_LE(held.size(), kHeaderLimit + piece);
  }
  outcome.complete = parser.complete() && outcome.refused == 0;
  if (outcome.complete) outcome.request = parser.take_request();
  return outcome;
}

TEST(RequestParser, GivesTheSameWhereverTheBytesAreSplit) {
  const std::string simple =
      "POST /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nX-Note: two words\r\nContent-Length: "
      "5\r\n\r\nhello";
  const std::string chunked =
      "POST /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nX-Note: two words\r\nTransfer-Encoding: "
      "chunked\r\n\r\n2;ext=1\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n";
  for (const auto& text : {simple, chunked}) {
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
      const auto outcome = parse(text, piece);
      ASSERT_TRUE(outcome.complete) << piece << ": " << outcome.detail;
      EXPECT_EQ(outcome.used, text.size());
      EXPECT_EQ(outcome.request.method, Method::post);
      EXPECT_EQ(outcome.request.path, "/a%20b");
      EXPECT_EQ(outcome.request.query, "x=1&y");
      EXPECT_EQ(outcome.request.headers.find("x-note"), "two words");
      EXPECT_EQ(outcome.request.headers.find("trailer"), std::nullopt);
      EXPECT_EQ(outcome.request.body, "hello");
    }
  }
}

TEST(RequestParser, TakesAnEmptyChunkedBodyByteByByte) {
  const auto outcome =
      parse("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1);
  EXPECT_TRUE(outcome.complete) << outcome.detail;
  EXPECT_EQ(outcome.request.body, "");
}

TEST(RequestParser, LeavesThePipelinedRequestAlone) {
  const std::string first = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n";
  const auto outcome = parse(first + "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(outcome.complete);
  EXPECT_EQ(outcome.used, first.size());
}

TEST(RequestParser, KnowsTheFormsOfATarget) {
  const auto absolute = parse("GET http://h:80/p?q HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(absolute.request.path, "/p");
  EXPECT_EQ(absolute.request.query, "q");
  EXPECT_EQ(parse("GET HTTP://h HTTP/1.1\r\nHost: h\r\n\r\n").request.path, "/");
  EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").request.path, "*");
  for (const auto* target : {"*", "p", "h:443", "http://h?q", "ftp://h/p"}) {
    const auto outcome = parse("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(outcome.refused, 400) << target;
    EXPECT_NE(outcome.detail.find("/path?query"), std::string::npos) << outcome.detail;
  }
}

TEST(RequestParser, RefusesWhatCanBeReadInTwoWays) {
  const char* const oddities[] = {
      "Content-Length: 5\r\nTransfer-Encoding: chunked",
      "Transfer-Encoding: chunked\r\nContent-Length: 5",
      "Content-Length: 5\r\nContent-Length: 6",
      "Content-Length: 5\r\nContent-Length: 5",
      "Content-Length: 5, 5",
      "Content-Length: +5",
      "Content-Length: -5",
      "Content-Length: 0x5",
      "Content-Length: 5 5",
      "Content-Length:",
      "Content-Length : 5",
      "Content-Length: 99999999999999999999",
      "Transfer-Encoding: chunked, chunked",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
      "Transfer-Encoding: gzip, chunked",
      "Transfer-Encoding: identity",
      "Transfer-Encoding: xchunked",
      "Transfer-Encoding : chunked",
      "X: a\nTransfer-Encoding: chunked",
      "X: a\rTransfer-Encoding: chunked",
      "Host: again",
      "No colon",
      " folded: into the line before",
      "X: a\r\n b",
  };
  for (const auto* oddity : oddities) {
    const auto outcome =
        parse("POST / HTTP/1.1\r\nHost: h\r\n" + std::string(oddity) + "\r\n\r\n0\r\n\r\n");
    EXPECT_EQ(outcome.refused, 400) << oddity << ": " << outcome.detail;
  }
  EXPECT_EQ(parse("GET / HTTP/1.1\r\n\r\n").refused, 400) << "no Host";
  EXPECT_EQ(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").refused, 400);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\n\r\n").complete);
}

TEST(RequestParser, RefusesBrokenChunks) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const auto* body : {"x\r\n", "5\r\nhelloX\r\n0\r\n", "-1\r\n", "5\nhello\r\n",
                           "fffffffffffffffff\r\n", "\r\n\r\n", " 5\r\nhello\r\n"}) {
    const int status = parse(head + body).refused;
    EXPECT_TRUE(status == 400 || status == 413) << body << ": " << status;
  }
}

TEST(RequestParser, BoundsHeadersHoweverTheyCome) {
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\n";
  std::string many = start;
  for (int i = 0; i < 400; ++i) many += "X-" + std::to_string(i) + ": v\r\n";
  for (const std::string& text :
       {many + "\r\n", start + "X: " + std::string(4000, 'x') + "\r\n\r\n",
        "GET /" + std::string(4000, 'x') + " HTTP/1.1\r\n\r\n", start + std::string(4000, 'x')}) {
    for (const std::size_t piece : {1u, 7u, 100u, 100'000u}) {
      const auto outcome = parse(text, piece);
      EXPECT_EQ(outcome.refused, 431) << piece << " " << text.substr(0, 40) << outcome.detail;
      EXPECT_NE(outcome.detail.find("2048"), std::string::npos) << outcome.detail;
    }
  }
}

TEST(RequestParser, BoundsChunkLinesAndTrailers) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(parse(head + "5;" + std::string(5000, 'x'), 100).refused, 400);
  EXPECT_EQ(parse(head + "0\r\nX: " + std::string(5000, 'x'), 100).refused, 400);
}

TEST(RequestParser, BoundsTheBody) {
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  // At once, before any of it has come.
  EXPECT_EQ(parse(start + "Content-Length: 4097\r\n\r\n").refused, 413);
  EXPECT_TRUE(parse(start + "Content-Length: 4096\r\n\r\n" + std::string(4096, 'x')).complete);
  std::string chunks = start + "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 5; ++i) chunks += "400\r\n" + std::string(1024, 'x') + "\r\n";
  EXPECT_EQ(parse(chunks, 100).refused, 413);
}

TEST(RequestParser, NamesOtherVersionsAndExpectations) {
  EXPECT_EQ(parse("GET / HTTP/2.0\r\n\r\n").refused, 505);
  EXPECT_EQ(parse("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").refused, 505);
  EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n\r\n").refused, 417);
  EXPECT_EQ(parse("\x16\x03\x01\x02").refused, 400) << "TLS";
  EXPECT_EQ(parse("GET /\r\n").refused, 400) << "HTTP/0.9";
}

/// Whatever comes, the parser neither crashes nor takes a message as complete that breaks a limit.
TEST(RequestParser, SurvivesMutatedRequests) {
  const std::vector<std::string> seeds = {
      "POST /api/v1/reports?a=b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
      "5;a=\"b\"\r\nhello\r\n0\r\nT: 1\r\n\r\n",
      "GET http://h/x HTTP/1.0\r\nConnection: keep-alive\r\nX: a\r\n b\r\n\r\n",
  };
  const std::vector<std::string> pieces = {
      "\r\n", "\r", "\n", std::string(1, 0), ": ", "chunked", "0\r\n\r\n", "ffff", "-",
      ",",    ";",  "\"", "HTTP/1.1"};
  std::mt19937 random(20261120);  // always the same cases
  const auto pick = [&random](std::size_t count) { return random() % count; };
  int completed = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seeds[pick(seeds.size())];
    for (std::size_t edits = 1 + pick(4); edits > 0 && !text.empty(); --edits) {
      const std::size_t at = pick(text.size());
      switch (pick(5)) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, 1 + pick(8));
          break;
        case 2:
          text.insert(at, pieces[pick(pieces.size())]);
          break;
        case 3:
          text.insert(at, text.substr(pick(text.size()), pick(40)));
          break;
        default:
          text.resize(at);
          break;
      }
    }
    const auto outcome = parse(text, 1 + pick(60));
    if (!outcome.complete) continue;
    ++completed;
    EXPECT_LE(outcome.request.body.size(), kBodyLimit);
    EXPECT_TRUE(outcome.request.path.starts_with('/') || outcome.request.path == "*");
  }
  EXPECT_GT(completed, 500) << "the mutations leave too little valid";
}

}  // namespace
}  // namespace wakeful::net::test
