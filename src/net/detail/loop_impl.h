// net/detail/loop_impl.h: what a Loop is made of.
#pragma once

#include <memory>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "net/loop.h"

namespace wakeful::net {

struct Loop::Impl {
  boost::asio::io_context io{1};  // one thread runs it: Asio may skip what only a pool needs
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
      boost::asio::make_work_guard(io);
  std::vector<std::unique_ptr<boost::asio::signal_set>> signals;
};

}  // namespace wakeful::net
