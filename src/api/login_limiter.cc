#include "api/login_limiter.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/strings.h"

namespace wakeful::api {
namespace {

std::string account_key(const std::string& account) { return "a:" + account; }

std::string address_key(const std::string& address) {
  std::array<unsigned char, 16> bytes{};
  const auto plain = address.substr(0, address.find('%'));
  if (inet_pton(AF_INET6, plain.c_str(), bytes.data()) != 1) return "i:" + address;
  const bool is_mapped_v4 =
      std::all_of(bytes.begin(), bytes.begin() + 10, [](unsigned char byte) { return byte == 0; });
  return "i:" + to_hex(std::span(bytes).first(is_mapped_v4 ? 16 : 8));
}

}  // namespace

std::optional<Milliseconds> LoginLimiter::must_wait(const std::string& account,
                                                    const std::string& address,
                                                    MonoTime now) const {
  const std::lock_guard lock(mutex_);
  return longer_wait(account, address, now);
}

std::optional<Milliseconds> LoginLimiter::begin(const std::string& account,
                                                const std::string& address, MonoTime now) {
  const std::lock_guard lock(mutex_);
  if (const auto wait = longer_wait(account, address, now)) return wait;
  count(account_key(account), now);
  count(address_key(address), now);
  return std::nullopt;
}

void LoginLimiter::failed(const std::string& account, const std::string& address, MonoTime now) {
  const std::lock_guard lock(mutex_);
  count(account_key(account), now);
  count(address_key(address), now);
}

void LoginLimiter::succeeded(const std::string& account, const std::string& address) {
  const std::lock_guard lock(mutex_);
  attempts_.erase(account_key(account));
  attempts_.erase(address_key(address));
}

std::size_t LoginLimiter::entries() const {
  const std::lock_guard lock(mutex_);
  return attempts_.size();
}

std::optional<Milliseconds> LoginLimiter::longer_wait(const std::string& account,
                                                      const std::string& address,
                                                      MonoTime now) const {
  // nullopt is less than every wait.
  return std::max(wait_of(account_key(account), now), wait_of(address_key(address), now));
}

std::optional<Milliseconds> LoginLimiter::wait_of(const std::string& key, MonoTime now) const {
  const auto at = attempts_.find(key);
  if (at == attempts_.end() || at->second.failures < kFreeFailures) return std::nullopt;
  const int doublings = std::min(at->second.failures - kFreeFailures, 20);
  const auto wait = std::min(kFirstWait * (1 << doublings), kLongestWait);
  const auto left = std::chrono::ceil<Milliseconds>(at->second.last + wait - now);
  if (left <= Milliseconds(0)) return std::nullopt;
  return left;
}

void LoginLimiter::count(const std::string& key, MonoTime now) {
  const auto at = attempts_.find(key);
  if (at == attempts_.end()) {
    make_room(now);
    attempts_.emplace(key, Attempts{1, now});
    return;
  }
  auto& attempts = at->second;
  if (now - attempts.last > kMemory) attempts.failures = 0;
  ++attempts.failures;
  attempts.last = now;
}

void LoginLimiter::make_room(MonoTime now) {
  if (attempts_.size() < kMaxEntries) return;
  std::erase_if(attempts_, [&](const auto& item) { return now - item.second.last > kMemory; });
  if (attempts_.size() < kMaxEntries) return;
  // Few failures first, then the oldest: a flood of new names does not wash out a guessed account.
  const auto least = std::ranges::min_element(attempts_, {}, [](const auto& item) {
    return std::pair(std::min(item.second.failures, kFreeFailures), item.second.last);
  });
  attempts_.erase(least);
}

}  // namespace wakeful::api
