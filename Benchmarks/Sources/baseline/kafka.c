// Raw librdkafka: producing the records with their headers, and consuming them with the headers parsed.
#include "baseline.h"

#include <librdkafka/rdkafka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char error_text[512];

// Every argument whose name has a dot in it, and bootstrap.servers, is a property of librdkafka.
static rd_kafka_conf_t *configuration(int count, char **arguments) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (int at = 0; at < count; at++) {
        char name[128];
        const char *equals = strchr(arguments[at], '=');
        size_t length = equals == NULL ? 0 : (size_t)(equals - arguments[at]);
        if (length == 0 || length >= sizeof name) fail("%s is not name=value", arguments[at]);
        memcpy(name, arguments[at], length);
        name[length] = 0;
        bool is_property = strchr(name, '.') != NULL || strcmp(name, "acks") == 0;
        if (!is_property) continue;
        rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name, equals + 1, error_text, sizeof error_text);
        if (result != RD_KAFKA_CONF_OK) fail("%s", error_text);
    }
    return conf;
}

// MARK: - Produce

// The headers are found before the time starts: this program's source of records would have them at hand.
struct prepared {
    struct record record;
    struct header *headers;
    size_t header_count;
};

struct producer {
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    struct prepared *messages;
    size_t count;
    size_t delivered;
    // How many messages are under way at most.
    size_t window;
};

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    (void)client;
    struct producer *producer = opaque;
    if (message->err != 0) fail("a message was not delivered: %s", rd_kafka_err2str(message->err));
    producer->delivered++;
}

static struct prepared *prepare(struct records records) {
    struct prepared *messages = malloc(records.count * sizeof *messages);
    struct header *headers = malloc(records.count * 32 * sizeof *headers);
    if (messages == NULL || headers == NULL) fail("out of memory");
    for (size_t at = 0; at < records.count; at++) {
        messages[at] = (struct prepared){records.items[at], headers, 0};
        struct bytes rest = records.items[at].headers;
        while (messages[at].header_count < 32 && next_header(&rest, headers)) {
            headers++;
            messages[at].header_count++;
        }
    }
    return messages;
}

static void produce(struct producer *producer, const struct prepared *message) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(message->header_count);
    for (size_t at = 0; at < message->header_count; at++) {
        const struct header *header = &message->headers[at];
        rd_kafka_header_add(headers, header->name.start, (ssize_t)header->name.count, header->value.start,
                            (ssize_t)header->value.count);
    }
    const struct record *record = &message->record;
    while (true) {
        rd_kafka_resp_err_t error = rd_kafka_producev(
            producer->client, RD_KAFKA_V_RKT(producer->topic), RD_KAFKA_V_PARTITION(record->partition),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_KEY((void *)record->key.start, record->key.count),
            RD_KAFKA_V_VALUE((void *)record->value.start, record->value.count), RD_KAFKA_V_HEADERS(headers),
            RD_KAFKA_V_END);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) fail("cannot produce: %s", rd_kafka_err2str(error));
        rd_kafka_poll(producer->client, 10);
    }
}

static void produce_all(void *state, struct round *round) {
    struct producer *producer = state;
    producer->delivered = 0;
    for (size_t at = 0; at < producer->count; at++) {
        produce(producer, &producer->messages[at]);
        if (at % 1000 == 999) rd_kafka_poll(producer->client, 0);
        while (at + 1 - producer->delivered >= producer->window) rd_kafka_poll(producer->client, 100);
    }
    // Not rd_kafka_flush, which waits in steps: the round ends with the last report.
    while (producer->delivered < producer->count) rd_kafka_poll(producer->client, 100);
    round->operations = producer->count;
}

int kafka_produce(int count, char **arguments) {
    struct records records = load_records(option(count, arguments, "records"));
    struct producer producer = {
        .messages = prepare(records),
        .count = records.count,
        .window = (size_t)option_number_or(count, arguments, "window", LONG_MAX),
    };
    rd_kafka_conf_t *conf = configuration(count, arguments);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, &producer);
    producer.client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error_text, sizeof error_text);
    if (producer.client == NULL) fail("%s", error_text);
    producer.topic = rd_kafka_topic_new(producer.client, option(count, arguments, "topic"), NULL);
    // Asked for now, because the first produce to an unknown topic waits up to a second.
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t error = rd_kafka_metadata(producer.client, 0, producer.topic, &metadata, 10000);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail("no answer from the broker: %s", rd_kafka_err2str(error));
    rd_kafka_metadata_destroy(metadata);
    serve_rounds(produce_all, &producer);
    rd_kafka_topic_destroy(producer.topic);
    rd_kafka_destroy(producer.client);
    return 0;
}

// MARK: - Consume

struct consumer {
    int count;
    char **arguments;
    const char *topic;
    int32_t partitions;
    size_t records;
    // Keeps the compiler from leaving the parsing out.
    uint64_t checksum;
};

static void parse(struct consumer *consumer, const rd_kafka_message_t *message) {
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return;
    if (message->err != 0) fail("cannot consume: %s", rd_kafka_message_errstr(message));
    rd_kafka_headers_t *headers;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    const char *name;
    const void *value;
    size_t size;
    for (size_t at = 0; rd_kafka_header_get_all(headers, at, &name, &value, &size) == 0; at++) {
        consumer->checksum += (uint8_t)name[0] + (size > 0 ? *(const uint8_t *)value : 0) + size;
    }
    consumer->checksum += message->len + message->key_len + (uint64_t)message->offset;
}

static void consume_all(void *state, struct round *round) {
    struct consumer *consumer = state;
    rd_kafka_conf_t *conf = configuration(consumer->count, consumer->arguments);
    rd_kafka_conf_set(conf, "group.id", "baseline", NULL, 0);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error_text, sizeof error_text);
    if (client == NULL) fail("%s", error_text);
    rd_kafka_poll_set_consumer(client);
    rd_kafka_topic_partition_list_t *partitions = rd_kafka_topic_partition_list_new(consumer->partitions);
    for (int32_t partition = 0; partition < consumer->partitions; partition++) {
        rd_kafka_topic_partition_list_add(partitions, consumer->topic, partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_resp_err_t error = rd_kafka_assign(client, partitions);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail("cannot assign: %s", rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(partitions);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(client);
    enum { batch = 1000 };
    rd_kafka_message_t *messages[batch];
    size_t received = 0;
    while (received < consumer->records) {
        // Waits for one message and then takes what is there: the call waits for a full batch or its time-out.
        rd_kafka_message_t *first = rd_kafka_consumer_poll(client, 10000);
        if (first == NULL) fail("%zu of %zu messages came, and no more in 10 s", received, consumer->records);
        parse(consumer, first);
        received += first->err == 0;
        rd_kafka_message_destroy(first);
        ssize_t count = rd_kafka_consume_batch_queue(queue, 0, messages, batch);
        for (ssize_t at = 0; at < count; at++) {
            parse(consumer, messages[at]);
            received += messages[at]->err == 0;
            rd_kafka_message_destroy(messages[at]);
        }
    }
    round->operations = received;
    stop_timing(round);
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
}

int kafka_consume(int count, char **arguments) {
    struct consumer consumer = {
        .count = count,
        .arguments = arguments,
        .topic = option(count, arguments, "topic"),
        .partitions = (int32_t)option_number(count, arguments, "partitions"),
        .records = (size_t)option_number(count, arguments, "records"),
    };
    serve_rounds(consume_all, &consumer);
    return consumer.checksum == 0;
}
