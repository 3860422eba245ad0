#include "net/detail/decompress.h"

#include "compress.h"
#include "net_support.h"

namespace wakeful::net::test {
namespace {

TEST(Decompressor, GivesBackWhatWasCompressed) {
  detail::Decompressor decompressor;
  for (const std::size_t size : {1u, 100u, 5000u, 300'000u}) {
    std::string text;
    while (text.size() < size) text += std::to_string(text.size() * 7919) + ",";
    EXPECT_EQ(decompressor.run("gzip", gzip(text), 1 << 20).value(), text);
    EXPECT_EQ(decompressor.run("x-gzip", gzip(text), 1 << 20).value(), text);
    EXPECT_EQ(decompressor.run("zstd", zstd(text), 1 << 20).value(), text);
    EXPECT_EQ(decompressor.run("zstd", zstd_without_size(text), 1 << 20).value(), text);
  }
}

TEST(Decompressor, TakesSeveralMembersOneAfterTheOther) {
  detail::Decompressor decompressor;
  EXPECT_EQ(decompressor.run("gzip", gzip("ab") + gzip("cd"), 100).value(), "abcd");
  EXPECT_EQ(decompressor.run("zstd", zstd("ab") + zstd("cd"), 100).value(), "abcd");
}

TEST(Decompressor, TakesExactlyTheLimit) {
  detail::Decompressor decompressor;
  const std::string text(5000, 'x');
  for (const auto& [encoding, bytes] :
       {std::pair{"gzip", gzip(text)}, {"zstd", zstd(text)}, {"zstd", zstd_without_size(text)}}) {
    EXPECT_TRUE(decompressor.run(encoding, bytes, 5000));
    const auto over = decompressor.run(encoding, bytes, 4999);
    ASSERT_FALSE(over) << encoding;
    EXPECT_EQ(over.error().code, Errc::too_large);
  }
}

TEST(Decompressor, StopsABombAtTheLimit) {
  detail::Decompressor decompressor;
  const std::string bomb(64 << 20, '\0');
  for (const auto& [encoding, bytes] :
       {std::pair{"gzip", gzip(bomb)}, {"zstd", zstd(bomb)}, {"zstd", zstd_without_size(bomb)}}) {
    ASSERT_LT(bytes.size(), 100u << 10);
    const auto result = decompressor.run(encoding, bytes, 1 << 20);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::too_large) << encoding;
  }
}

TEST(Decompressor, RefusesDamagedInput) {
  detail::Decompressor decompressor;
  for (const std::string encoding : {"gzip", "zstd"}) {
    const std::string whole =
        encoding == "gzip" ? gzip("hello, hello, hello") : zstd("hello, hello");
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto cut = decompressor.run(encoding, whole.substr(0, length), 1000);
      ASSERT_FALSE(cut) << encoding << " cut to " << length;
      EXPECT_EQ(cut.error().code, Errc::parse);
    }
    EXPECT_FALSE(decompressor.run(encoding, "not compressed at all", 1000));
    EXPECT_FALSE(decompressor.run(encoding, whole + "rubbish", 1000));
    EXPECT_TRUE(decompressor.run(encoding, whole, 1000)) << "still works afterwards";
  }
}

TEST(Decompressor, NamesTheEncodingsItKnows) {
  const auto result = detail::Decompressor().run("br", "x", 10);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::unsupported);
  EXPECT_EQ(result.error().message, "Content-Encoding: expected gzip, zstd or identity, got 'br'");
}

}  // namespace
}  // namespace wakeful::net::test
