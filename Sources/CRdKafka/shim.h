#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

// Swift imports neither variadic functions nor unions conveniently. These three say the same without either.

/// Enqueues one message, copied. `headers` (may be NULL) change owner only when the answer is NO_ERROR.
/// The headers are passed as a finished list: with single headers (VTYPE_HEADER) librdkafka before 2.12.0
/// frees them twice when the partition does not exist.
static inline rd_kafka_resp_err_t
crdkafka_produce(rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition, const void *key, size_t key_size,
                 const void *value, size_t value_size, rd_kafka_headers_t *headers, int64_t timestamp, void *opaque) {
    rd_kafka_vu_t arguments[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {.ptr = (void *)key, .size = key_size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {.ptr = (void *)value, .size = value_size}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = timestamp},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = opaque},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *error = rd_kafka_produceva(client, arguments, headers ? 8 : 7);
    if (!error)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
}

/// Answers the broker's next request of this kind with `code`, after `rtt_ms`.
static inline rd_kafka_resp_err_t
crdkafka_mock_push_error(rd_kafka_mock_cluster_t *cluster, int32_t broker, int16_t api_key, rd_kafka_resp_err_t code,
                         int rtt_ms) {
    return rd_kafka_mock_broker_push_request_error_rtts(cluster, broker, api_key, 1, code, rtt_ms);
}

/// The version this was compiled against; the macro does not import.
static inline int crdkafka_compiled_version(void) { return RD_KAFKA_VERSION; }
