// All of penstock's blocking interface.
#pragma once

#include <penstock/admin.hpp>
#include <penstock/bytes.hpp>
#include <penstock/client.hpp>
#include <penstock/codec.hpp>
#include <penstock/dial.hpp>
#include <penstock/duration.hpp>
#include <penstock/error.hpp>
#include <penstock/get_any.hpp>
#include <penstock/item.hpp>
#include <penstock/joinable_queue.hpp>
#include <penstock/listener.hpp>
#include <penstock/metrics.hpp>
#include <penstock/monitor.hpp>
#include <penstock/options.hpp>
#include <penstock/ordered_queues.hpp>
#include <penstock/pipe.hpp>
#include <penstock/queue.hpp>
#include <penstock/stats.hpp>
#include <penstock/wait.hpp>
