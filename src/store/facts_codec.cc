#include "store/facts_codec.h"

#include <limits>

#include "store/detail/bytes.h"

namespace wakeful::store {
namespace {

using detail::ByteReader;
using detail::put_signed;
using detail::put_text;
using detail::put_unsigned;

constexpr std::uint8_t kFactsVersion = 1;

// The fewest bytes one of each can take: what bounds their counts when decoding.
constexpr std::size_t kMinUserBytes = 4;
constexpr std::size_t kMinContainerBytes = 8;
constexpr std::size_t kMinProblemBytes = 3;

void put_optional(std::string& out, std::optional<std::int64_t> value) {
  out.push_back(value ? '\1' : '\0');
  if (value) put_signed(out, *value);
}

std::optional<std::int64_t> read_optional(ByteReader& reader) {
  if (reader.byte() == 0) return std::nullopt;
  return reader.signed_number();
}

std::optional<std::int64_t> ms_of(const std::optional<WallTime>& time) {
  if (!time) return std::nullopt;
  return to_unix_ms(*time);
}

void put_containers(const std::vector<model::Container>& containers, std::string& out) {
  for (const auto& container : containers) {
    put_text(out, container.name);
    put_text(out, container.id);
    put_text(out, container.engine);
    put_text(out, container.image);
    out.push_back(static_cast<char>(container.state));
    put_optional(out, container.exit_code);
    put_text(out, container.status_text);
    put_text(out, container.node_name);
  }
}

std::vector<model::Container> read_containers(ByteReader& reader, std::size_t count) {
  std::vector<model::Container> containers;
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    auto& container = containers.emplace_back();
    container.name = reader.text();
    container.id = reader.text();
    container.engine = reader.text();
    container.image = reader.text();
    const auto state = reader.byte();
    if (state <= static_cast<std::uint8_t>(model::ContainerState::dead)) {
      container.state = static_cast<model::ContainerState>(state);
    }
    container.exit_code = read_optional(reader);
    container.status_text = reader.text();
    container.node_name = reader.text();
  }
  return containers;
}

void read_users(ByteReader& reader, std::vector<model::UserSession>& users) {
  const auto count = reader.count(kMinUserBytes);
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    auto& user = users.emplace_back();
    user.name = reader.text();
    user.terminal = reader.text();
    user.remote_host = reader.text();
    const auto since = read_optional(reader);
    if (since) user.since = from_unix_ms(*since);
  }
}

void read_problems(ByteReader& reader, std::vector<model::SourceProblem>& problems) {
  const auto count = reader.count(kMinProblemBytes);
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    auto& problem = problems.emplace_back();
    problem.source = reader.text();
    const auto code = reader.byte();
    problem.code = code >= static_cast<std::uint8_t>(Errc::invalid) &&
                           code <= static_cast<std::uint8_t>(Errc::too_large)
                       ? static_cast<Errc>(code)
                       : Errc::internal;
    problem.message = reader.text();
  }
}

model::Origin read_origin(ByteReader& reader) {
  const auto origin = reader.byte();
  return origin >= 1 && origin <= 3 ? static_cast<model::Origin>(origin) : model::Origin::native;
}

}  // namespace

void encode_facts(const model::Report& report, std::string& out) {
  out.push_back(static_cast<char>(kFactsVersion));
  out.push_back(static_cast<char>(report.origin));
  put_text(out, report.boot_id);
  put_text(out, report.agent_run);
  put_optional(out, report.interval ? std::optional(report.interval->count()) : std::nullopt);
  put_text(out, report.facts.hostname);
  put_text(out, report.facts.kernel);
  put_text(out, report.facts.os);
  put_text(out, report.facts.architecture);
  put_text(out, report.facts.agent_version);
  put_signed(out, report.facts.cpu_count);
  put_unsigned(out, report.users.size());
  for (const auto& user : report.users) {
    put_text(out, user.name);
    put_text(out, user.terminal);
    put_text(out, user.remote_host);
    put_optional(out, ms_of(user.since));
  }
  put_unsigned(out, report.problems.size());
  for (const auto& problem : report.problems) {
    put_text(out, problem.source);
    out.push_back(static_cast<char>(problem.code));
    put_text(out, problem.message);
  }
  out.push_back(report.containers ? '\1' : '\0');
  if (!report.containers) return;
  put_unsigned(out, report.containers->size());
  put_containers(*report.containers, out);
}

Result<model::Report> decode_facts(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto version = reader.byte();
  if (!reader.failed() && version != kFactsVersion) {
    return fail(Errc::io, "facts: expected format 1, got " + std::to_string(version) +
                              "; a newer Wakeful may have written it");
  }
  model::Report report;
  report.origin = read_origin(reader);
  report.boot_id = reader.text();
  report.agent_run = reader.text();
  const auto interval_ms = read_optional(reader);
  if (interval_ms) report.interval = Milliseconds(*interval_ms);
  report.facts.hostname = reader.text();
  report.facts.kernel = reader.text();
  report.facts.os = reader.text();
  report.facts.architecture = reader.text();
  report.facts.agent_version = reader.text();
  report.facts.cpu_count = reader.signed_number();
  read_users(reader, report.users);
  read_problems(reader, report.problems);
  if (reader.byte() != 0) {
    const auto count = reader.count(kMinContainerBytes);
    report.containers = read_containers(reader, count);
  }
  if (reader.failed() || !reader.at_end()) {
    return fail(Errc::io, "facts: damaged: they do not end where they should");
  }
  return report;
}

}  // namespace wakeful::store
