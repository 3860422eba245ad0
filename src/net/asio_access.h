// net/asio_access.h: the io_context behind a Loop, for the few files that use Asio themselves.
#pragma once

#include "net/loop.h"

namespace boost::asio {
class io_context;
}

namespace wakeful::net {

/// Valid as long as the loop. Everything made on it must be destroyed before the loop.
boost::asio::io_context& io_context_of(Loop& loop);

}  // namespace wakeful::net
