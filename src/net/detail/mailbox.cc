#include "net/detail/mailbox.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "net/event_stream.h"

namespace wakeful::net::detail {

void Mailbox::push(Message message) {
  {
    const std::lock_guard lock(mutex_);
    if (io_) {
      messages_.push_back(std::move(message));
      if (messages_.size() > 1) return;  // whoever came first has woken the loop
      boost::asio::post(*io_, [self = shared_from_this()] { self->drain(); });
      return;
    }
  }
  if (message.response && message.response->stream) message.response->stream->close();
}

void Mailbox::push_or_deliver(Message message) {
  const bool here = [this] {
    const std::lock_guard lock(mutex_);
    return io_ && io_->get_executor().running_in_this_thread();
  }();
  if (here) {
    deliver_(std::move(message));
  } else {
    push(std::move(message));
  }
}

void Mailbox::close() {
  std::vector<Message> lost;
  {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
    lost.swap(messages_);
  }
  deliver_ = nullptr;
  for (auto& message : lost) {
    if (message.response && message.response->stream) message.response->stream->close();
  }
}

void Mailbox::drain() {
  {
    const std::lock_guard lock(mutex_);
    draining_.swap(messages_);
  }
  for (auto& message : draining_) {
    if (deliver_) deliver_(std::move(message));
  }
  draining_.clear();
}

}  // namespace wakeful::net::detail
