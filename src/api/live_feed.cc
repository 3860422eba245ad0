#include "api/live_feed.h"

#include <algorithm>

#include "api/json_writer.h"
#include "api/server_json.h"

namespace wakeful::api {
namespace {

constexpr std::size_t kQueuedBytes = 4 << 20;

net::EventText removed_event(const std::vector<model::ServerId>& ids) {
  JsonWriter json;
  json.object().key("ids").array();
  for (const auto id : ids) json.integer(model::to_number(id));
  return net::make_event("removed", json.end_array().end_object().take());
}

}  // namespace

std::shared_ptr<net::EventStream> LiveFeed::open(const std::string& session) {
  if (watchers() >= kMaxWatchers) return nullptr;
  // The first event is made without our lock: of a large fleet it takes a while, and the ticker
  // must go on. What happens meanwhile is told after it.
  const auto before = fleet_.lock()->revision();
  const auto first = net::make_event("servers", encode_all_servers(fleet_, clock_.wall_now()));
  auto stream = std::make_shared<net::EventStream>(kQueuedBytes + 2 * first->size());
  stream->send(first);

  const std::lock_guard lock(mutex_);
  if (watchers_.size() >= kMaxWatchers) return nullptr;
  if (watchers_.empty()) {
    revision_ = before;
  } else if (revision_ > before) {
    for (auto& event : changes_since(before).events) stream->send(std::move(event));
  }
  Watcher watcher;
  watcher.session = session;
  watcher.stream = stream;
  watcher.opened = clock_.mono_now();
  watchers_.push_back(std::move(watcher));
  return stream;
}

void LiveFeed::publish() {
  const std::lock_guard lock(mutex_);
  forget_ended();
  if (watchers_.empty()) return;
  const auto changes = changes_since(revision_);
  revision_ = changes.revision;
  for (const auto& watcher : watchers_) {
    for (const auto& event : changes.events) {
      if (!watcher.stream->send(event)) break;
    }
  }
  forget_ended();
}

void LiveFeed::close_session(const std::string& session) {
  const std::lock_guard lock(mutex_);
  for (const auto& watcher : watchers_) {
    if (watcher.session == session) watcher.stream->close();
  }
  forget_ended();
}

void LiveFeed::close_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& watcher : watchers_) watcher.stream->close();
  watchers_.clear();
}

std::size_t LiveFeed::watchers() const {
  const std::lock_guard lock(mutex_);
  return watchers_.size();
}

LiveFeed::Changes LiveFeed::changes_since(std::uint64_t revision) {
  Changes changes;
  auto locked = fleet_.lock();
  changes.revision = locked->revision();
  if (const auto removed = locked->removed_since(revision); !removed.empty()) {
    changes.events.push_back(removed_event(removed));
  }
  if (const auto views = locked->changed_since(revision); !views.empty()) {
    changes.events.push_back(net::make_event("servers", encode_servers(views, clock_.wall_now())));
  }
  return changes;
}

void LiveFeed::forget_ended() {
  const auto now = clock_.mono_now();
  std::erase_if(watchers_, [&](const Watcher& watcher) {
    if (now - watcher.opened >= kMaxAge) watcher.stream->close();
    return watcher.stream->closed();
  });
}

}  // namespace wakeful::api
