#include "server/static_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace wakeful::server {
namespace {

using testing::HasSubstr;

std::string gzip(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

// Sorted by path, as the embedded ones are.
class StaticFiles : public testing::Test {
 protected:
  net::Response get(const std::string& path, const std::string& accept = "gzip",
                    const std::string& known_etag = "") {
    net::Request request;
    request.path = path;
    if (!accept.empty()) request.headers.add("Accept-Encoding", accept);
    if (!known_etag.empty()) request.headers.add("If-None-Match", known_etag);
    return serve_static(request, assets);
  }
  static std::string header(const net::Response& response, std::string_view name) {
    return std::string(response.headers.find(name).value_or("absent"));
  }

  const std::string script_text = std::string(100'000, 'x') + "end";
  const std::string script = gzip(script_text);
  const std::string page = gzip("<!doctype html>");
  const std::vector<Asset> assets = {
      {"/assets/app-3f2a.js", "text/javascript", "\"s1\"", script, true},
      {"/index.html", "text/html; charset=utf-8", "\"p1\"", page, false},
  };
};

TEST_F(StaticFiles, AFileIsSentAsItIsStored) {
  const auto response = get("/assets/app-3f2a.js");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.static_body, script);
  EXPECT_EQ(response.content_type, "text/javascript");
  EXPECT_EQ(header(response, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(response, "ETag"), "\"s1\"");
  EXPECT_EQ(header(response, "Vary"), "Accept-Encoding");
  EXPECT_EQ(header(response, "Cache-Control"), "public, max-age=31536000, immutable");
}

TEST_F(StaticFiles, WhoCannotTakeGzipGetsItDecompressed) {
  for (const char* accept : {"", "identity", "gzip;q=0", "br"}) {
    const auto response = get("/assets/app-3f2a.js", accept);
    EXPECT_EQ(response.status, 200) << accept;
    EXPECT_EQ(response.body, script_text) << accept;
    EXPECT_EQ(header(response, "Content-Encoding"), "absent") << accept;
  }
}

TEST_F(StaticFiles, PagesAreTheIndexAndAreAskedForEachTime) {
  for (const char* path : {"/", "/index.html", "/servers/7", "/setup", "/no/such/page"}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.static_body, page) << path;
    EXPECT_EQ(header(response, "Cache-Control"), "no-cache") << path;
  }
}

TEST_F(StaticFiles, AMissingFileIsNotThePage) {
  for (const char* path : {"/favicon.ico", "/assets/app-old.js", "/assets/app", "/robots.txt"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
}

TEST_F(StaticFiles, WhatTheBrowserHasIsNotSentAgain) {
  for (const char* known : {"\"s1\"", "W/\"s1\"", "\"a\", \"s1\"", "*"}) {
    const auto response = get("/assets/app-3f2a.js", "gzip", known);
    EXPECT_EQ(response.status, 304) << known;
    EXPECT_TRUE(response.static_body.empty());
    EXPECT_EQ(header(response, "ETag"), "\"s1\"");
  }
  EXPECT_EQ(get("/assets/app-3f2a.js", "gzip", "\"s2\"").status, 200);
}

TEST_F(StaticFiles, OtherMethodsAreNotAllowed) {
  net::Request request;
  request.path = "/";
  request.method = net::Method::post;
  const auto response = serve_static(request, assets);
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header(response, "Allow"), "GET, HEAD");
}

TEST_F(StaticFiles, WithoutADashboardThePageSaysHowToBuildIt) {
  net::Request request;
  request.path = "/";
  const auto response = serve_static(request, {});
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("-DWAKEFUL_WEB=ON"));
  EXPECT_THAT(response.content_type, HasSubstr("text/plain"));
}

TEST_F(StaticFiles, ADamagedFileIsAnError) {
  const std::string damaged = script.substr(0, script.size() / 2);
  const std::vector<Asset> broken = {{"/a.js", "text/javascript", "\"x\"", damaged, false}};
  net::Request request;
  request.path = "/a.js";
  EXPECT_EQ(serve_static(request, broken).status, 500);
}

TEST(AcceptsGzip, FollowsTheHeader) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("br, gzip;q=0.5"));
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_FALSE(accepts_gzip(""));
  EXPECT_FALSE(accepts_gzip("br"));
  EXPECT_FALSE(accepts_gzip("gzip; q=0"));
  EXPECT_FALSE(accepts_gzip("*;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0, *"));
}

TEST(SecurityHeaders, AllowNoInlineCodeAndNoFrame) {
  const net::Headers headers = security_headers();
  const std::string policy(headers.find("Content-Security-Policy").value());
  EXPECT_THAT(policy, HasSubstr("default-src 'self'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, testing::Not(HasSubstr("unsafe")));
  EXPECT_EQ(headers.find("X-Content-Type-Options").value(), "nosniff");
}

}  // namespace
}  // namespace wakeful::server
