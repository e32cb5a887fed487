// LTTng-UST's tracepoints for the two notes of a GetWriterStatus call. The macros are LTTng's; the file is included several times.
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER vss
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./lttng_events.h"
#if !defined(VSS_LTTNG_EVENTS_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define VSS_LTTNG_EVENTS_H
#include <lttng/tracepoint.h>
#include <stdint.h>

LTTNG_UST_TRACEPOINT_EVENT(vss, enter, LTTNG_UST_TP_ARGS(uint64_t, order, uint32_t, object, uint32_t, writer),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint64_t, order, order) lttng_ust_field_integer(uint32_t, object, object)
                                                   lttng_ust_field_integer(uint32_t, writer, writer)))
LTTNG_UST_TRACEPOINT_EVENT(vss, leave,
                           LTTNG_UST_TP_ARGS(uint64_t, order, uint64_t, call, const uint8_t*, instance, const uint8_t*, id, const uint16_t*, name, uint32_t, length, int32_t, state,
                                             int32_t, failure, int32_t, result),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint64_t, order, order) lttng_ust_field_integer(uint64_t, call, call)
                                                   lttng_ust_field_array(uint8_t, instance, instance, 16) lttng_ust_field_array(uint8_t, id, id, 16)
                                                       lttng_ust_field_sequence(uint16_t, name, name, uint32_t, length) lttng_ust_field_integer(int32_t, state, state)
                                                           lttng_ust_field_integer(int32_t, failure, failure) lttng_ust_field_integer(int32_t, result, result)))
#endif
#include <lttng/tracepoint-event.h>
