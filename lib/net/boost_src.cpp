// SPDX-License-Identifier: Apache-2.0
// The one place where the bodies of Asio and Beast are compiled; the other files see declarations
// (BOOST_ASIO_SEPARATE_COMPILATION), which halves the time to build the module.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
