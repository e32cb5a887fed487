/* What the peers record: the calls that bench/record_bench.cc makes, and how each tells what a call took. */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const uint16_t* const kWriterNames[8] = {(const uint16_t*)u"Task Scheduler Writer", (const uint16_t*)u"VSS Metadata Store Writer", (const uint16_t*)u"System Writer",
                                                (const uint16_t*)u"SqlServerWriter",       (const uint16_t*)u"Microsoft Exchange Writer", (const uint16_t*)u"COM+ REGDB Writer",
                                                (const uint16_t*)u"Registry Writer",       (const uint16_t*)u"WMI Writer"};
static const uint32_t kNameLengths[8] = {21, 25, 13, 15, 25, 17, 15, 10};

static inline double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
/* Nanoseconds a call, on a line of its own. */
static inline void tell(double start, long calls) { printf("%.1f\n", (now() - start) / (double)calls); }
