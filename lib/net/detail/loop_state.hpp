// SPDX-License-Identifier: Apache-2.0
// Inside of a Loop. Only .cpp files of this module include it.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>

#include "net/loop.hpp"

namespace cess::net::detail {

namespace asio = boost::asio;

struct LoopState {
  asio::io_context io{1};
  // For as long as it lives: the io_context ends for nothing but stop(), not for want of work.
  asio::executor_work_guard<asio::io_context::executor_type> guard = asio::make_work_guard(io);
  std::map<TimerId, std::unique_ptr<asio::steady_timer>> timers;
  TimerId timer_last = 0;
  std::unique_ptr<asio::signal_set> signals;
};

}  // namespace cess::net::detail
