#include "collect/docker_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tree.h"

namespace wakeful::collect {
namespace {

using model::ContainerState;
using test::fixture;
using ::testing::HasSubstr;

constexpr const char* kCapture = "machines/hybrid-docker/t0/docker/";

const EngineContainer& named(const std::vector<EngineContainer>& list, std::string_view name) {
  for (const auto& entry : list) {
    if (entry.container.name == name) return entry;
  }
  ADD_FAILURE() << "no container " << name;
  return list.front();
}

EngineContainer inspected(std::string_view name) {
  const auto list = parse_container_list(fixture(std::string(kCapture) + "list.json"));
  EngineContainer entry = named(*list, name);
  const auto done = merge_inspect(
      fixture(std::string(kCapture) + "inspect-" + entry.container.id + ".json"), entry);
  EXPECT_TRUE(done.has_value()) << done.error().message;
  return entry;
}

TEST(ContainerList, ReadsACapturedAnswer) {
  const auto list = parse_container_list(fixture(std::string(kCapture) + "list.json"));
  ASSERT_TRUE(list.has_value()) << list.error().message;
  EXPECT_EQ(list->size(), 6u);
  const auto& done = named(*list, "done").container;
  EXPECT_EQ(done.state, ContainerState::exited);
  EXPECT_EQ(done.exit_code, 3);
  EXPECT_EQ(done.engine, "docker");
  EXPECT_EQ(done.image, "wakeful/box:1");
  EXPECT_EQ(done.id.size(), 64u);
  EXPECT_THAT(done.status_text, HasSubstr("Exited (3)"));
  EXPECT_EQ(named(*list, "paused").container.state, ContainerState::paused);
  EXPECT_EQ(named(*list, "never").container.state, ContainerState::created);
  EXPECT_FALSE(named(*list, "web").container.exit_code.has_value());
}

TEST(ContainerList, ChoosesTheOwnNameAmongLinks) {
  const auto list = parse_container_list(
      R"([{"Id":"a1","Names":["/proxy/web","/web","/other/web"]},{"Id":"0123456789abcdef","Names":[]},)"
      R"({"Id":"0123456789abcdef","Names":null}])");
  ASSERT_TRUE(list.has_value()) << list.error().message;
  EXPECT_EQ((*list)[0].container.name, "web");
  EXPECT_EQ((*list)[1].container.name, "0123456789ab");
  EXPECT_EQ((*list)[2].container.name, "0123456789ab");
}

TEST(ContainerList, TakesNewWordsOfANewerEngine) {
  const auto list = parse_container_list(R"([{"Id":"a","State":"stopping","New":{"x":[1]}}])");
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ((*list)[0].container.state, ContainerState::unknown);
}

TEST(ContainerList, MakesHostileTextHarmless) {
  const auto list = parse_container_list("[{\"Id\":\"a\",\"Names\":[\"/x\\ny\"],\"Image\":\"" +
                                         std::string(5000, 'i') + "\"}]");
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ((*list)[0].container.name, "x?y");
  EXPECT_LE((*list)[0].container.image.size(), 1024u);
}

TEST(ContainerList, IsEmptyWhereThereAreNone) {
  EXPECT_TRUE(parse_container_list("[]\n")->empty());
}

TEST(ContainerList, RefusesWhatIsNotJson) {
  for (const char* text : {"", "[", "[{\"Id\":\"a\"}", "nonsense", "[] []", "\xff", "[nan]"}) {
    const auto list = parse_container_list(text);
    ASSERT_FALSE(list.has_value()) << text;
    EXPECT_EQ(list.error().code, Errc::parse) << text;
  }
  EXPECT_EQ(parse_container_list(std::string(100'000, '[')).error().code, Errc::parse);
}

TEST(ContainerList, SaysWhereTheShapeIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"3", "an array of containers, got a number"},
      {"[null]", "container 0: entry: expected an object, got null"},
      {"[{}]", "container 0: Id"},
      {R"([{"Id":"a"},{"Id":5}])", "container 1: Id: expected a string, got a number"},
      {R"([{"Id":"a","Names":"x"}])", "Names: expected an array"},
      {R"([{"Id":"a","State":{}}])", "State: expected a string"},
      {R"({"message":"page not found"})", "page not found"},
  };
  for (const auto& [text, message] : cases) {
    const auto list = parse_container_list(text);
    ASSERT_FALSE(list.has_value()) << text;
    EXPECT_EQ(list.error().code, Errc::invalid) << text;
    EXPECT_THAT(list.error().message, HasSubstr(message));
  }
}

TEST(ContainerList, RefusesByLengthAndNumber) {
  EXPECT_EQ(parse_container_list(std::string(100'000'000, ' ')).error().code, Errc::too_large);
  std::string many = "[";
  for (std::size_t i = 0; i <= kMaxContainers; ++i) many += R"({"Id":"a"},)";
  many.back() = ']';
  EXPECT_EQ(parse_container_list(many).error().code, Errc::too_large);
}

TEST(Inspect, ReadsCapturedAnswers) {
  const auto limited = inspected("limited");
  EXPECT_EQ(limited.pid, 20110);
  EXPECT_EQ(limited.memory_limit_bytes, 64 << 20);
  EXPECT_EQ(limited.cpu_limit_cores, 0.5);
  EXPECT_THAT(limited.started_at, HasSubstr("2026-"));
  const auto done = inspected("done");
  EXPECT_FALSE(done.pid.has_value());
  EXPECT_EQ(done.container.exit_code, 3);
  EXPECT_FALSE(done.memory_limit_bytes.has_value());
  const auto never = inspected("never");
  EXPECT_EQ(never.container.state, ContainerState::created);
  EXPECT_FALSE(never.container.exit_code.has_value());
}

EngineContainer entry_a() {
  EngineContainer entry;
  entry.container.id = "a";
  return entry;
}

TEST(Inspect, ReadsTheOlderWayToLimitCpus) {
  auto entry = entry_a();
  ASSERT_TRUE(merge_inspect(R"({"Id":"a","HostConfig":{"CpuQuota":150000,"CpuPeriod":0}})", entry));
  EXPECT_EQ(entry.cpu_limit_cores, 1.5);
  ASSERT_TRUE(
      merge_inspect(R"({"Id":"a","HostConfig":{"CpuQuota":50000,"CpuPeriod":200000}})", entry));
  EXPECT_EQ(entry.cpu_limit_cores, 0.25);
  ASSERT_TRUE(merge_inspect(R"({"Id":"a","HostConfig":{"CpuQuota":-1,"Memory":-1}})", entry));
  EXPECT_FALSE(entry.cpu_limit_cores.has_value());
  EXPECT_FALSE(entry.memory_limit_bytes.has_value());
}

TEST(Inspect, LeavesTheEntryAloneWhenItFails) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"Id":"b","State":{"Pid":7}})", "Id: expected \"a\", got \"b\""},
      {R"({"Id":"a","State":{"Pid":7},"HostConfig":{"Memory":"much"}})", "HostConfig: Memory"},
      {R"({"Id":"a","State":{"Pid":1e30}})", "State: Pid"},
      {R"({"Id":"a","State":[]})", "State: expected an object"},
      {R"([])", "expected an object"},
      {R"({"message":"No such container: a"})", "Id"},
  };
  for (const auto& [text, message] : cases) {
    auto entry = entry_a();
    const auto done = merge_inspect(text, entry);
    ASSERT_FALSE(done.has_value()) << text;
    EXPECT_EQ(done.error().code, Errc::invalid) << text;
    EXPECT_THAT(done.error().message, HasSubstr(message));
    EXPECT_FALSE(entry.pid.has_value()) << text;
  }
  auto entry = entry_a();
  EXPECT_EQ(merge_inspect("{", entry).error().code, Errc::parse);
  EXPECT_EQ(merge_inspect(std::string(100'000'000, ' '), entry).error().code, Errc::too_large);
}

TEST(Stats, ReadACapturedAnswerOfVersion1) {
  const auto entry = inspected("limited");
  const auto stats =
      parse_stats(fixture(std::string(kCapture) + "stats-" + entry.container.id + ".json"));
  ASSERT_TRUE(stats.has_value()) << stats.error().message;
  EXPECT_EQ(stats->cpu_usage_ns, 70767971841u);
  EXPECT_EQ(stats->memory_usage_bytes, 331776u);
  EXPECT_EQ(stats->memory_inactive_file_bytes, 0u);
  EXPECT_EQ(stats->memory_limit_bytes, 67108864u);
  EXPECT_EQ(stats->read_at, from_unix_ms(1'795'160'330'638));
}

TEST(Stats, ReadVersion2) {
  const auto stats = parse_stats(
      R"({"read":"2026-11-20T07:38:50Z","cpu_stats":{"cpu_usage":{"total_usage":5}},)"
      R"("memory_stats":{"usage":100,"stats":{"inactive_file":30,"anon":1},"limit":200}})");
  ASSERT_TRUE(stats.has_value());
  EXPECT_EQ(stats->memory_inactive_file_bytes, 30u);
  EXPECT_EQ(stats->read_at, from_unix_ms(1'795'160'330'000));
}

TEST(Stats, OfAStoppedContainerSayNothing) {
  const auto stats = parse_stats(
      R"({"read":"0001-01-01T00:00:00Z","cpu_stats":{"cpu_usage":{"total_usage":0}},"memory_stats":{}})");
  ASSERT_TRUE(stats.has_value());
  EXPECT_FALSE(stats->cpu_usage_ns || stats->memory_usage_bytes || stats->memory_limit_bytes ||
               stats->read_at);
}

TEST(Stats, TakeNoTimeFromDamagedText) {
  for (const char* text :
       {"", "Z", "2026-13-20T07:38:50Z", "2026-11-20T27:38:50Z", "x026-11-20T07:38:50Z",
        "2026-11-20T07:38:50+01:00", "2026-02-30T00:00:00Z"}) {
    const auto stats = parse_stats(std::string(R"({"read":")") + text + R"("})");
    ASSERT_TRUE(stats.has_value()) << text;
    EXPECT_FALSE(stats->read_at.has_value()) << text;
  }
}

TEST(Stats, SayWhereTheShapeIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "expected an object, got an array"},
      {R"({"cpu_stats":5})", "cpu_stats: expected an object"},
      {R"({"cpu_stats":{"cpu_usage":{"total_usage":-5}}})", "cpu_stats: total_usage"},
      {R"({"memory_stats":{"usage":"1"}})", "memory_stats: usage"},
      {R"({"memory_stats":{"stats":{"inactive_file":1.5}}})", "memory_stats: inactive_file"},
      {R"({"read":7})", "read: expected a string"},
  };
  for (const auto& [text, message] : cases) {
    const auto stats = parse_stats(text);
    ASSERT_FALSE(stats.has_value()) << text;
    EXPECT_EQ(stats.error().code, Errc::invalid) << text;
    EXPECT_THAT(stats.error().message, HasSubstr(message));
  }
}

}  // namespace
}  // namespace wakeful::collect
