/* Records GetWriterStatus calls with LTTng-UST: usage lttng_record CALLS; a session must run. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "lttng_events.h"
#include "peer.h"

int main(int argc, char** argv) {
  long calls = argc > 1 ? atol(argv[1]) : 1000000;
  uint8_t ids[8][16] = {{0}};
  for (int i = 0; i < 8; ++i) ids[i][0] = (uint8_t)i;
  double start = now();
  for (long i = 0; i < calls; ++i) {
    int w = (int)(i % 8);
    lttng_ust_tracepoint(vss, enter, (uint64_t)(2 * i + 1), 1, (uint32_t)w);
    lttng_ust_tracepoint(vss, leave, (uint64_t)(2 * i + 2), (uint64_t)(2 * i + 1), ids[w], ids[w], kWriterNames[w], kNameLengths[w], 1, 0, 0);
  }
  tell(start, calls);
  return 0;
}
