import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import NIOCore
import Prometheus

/// `GET /metrics`, in the Prometheus text format.
struct MetricsRoute {
    let sources: [@Sendable (inout MetricsText) async -> Void]

    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async -> Response {
        var text = MetricsText()
        for source in sources { await source(&text) }
        return Response(
            status: .ok, headers: [.contentType: MetricsText.contentType],
            body: .init(byteBuffer: ByteBuffer(bytes: text.bytes)))
    }
}

/// What a node's log, projector, index and arbiter did; only whether it is open while it is not.
func nodeMetrics(_ node: DaybookNode) -> @Sendable (inout MetricsText) async -> Void {
    { text in
        let parts = try? node.parts()
        text.gauge("daybook_node_open", help: "1 when the log is open.", parts == nil ? 0 : 1)
        guard let parts else { return }
        write(parts.log.statistics, to: &text)
        write(parts.projector, to: &text)
        write(parts.index.statistics, to: &text)
        write(await parts.arbiterStatistics, to: &text)
        write(parts.catalog.topics.statistics, to: &text)
    }
}

/// What requests hold.
func bodyMetrics(_ bodies: BodyReader) -> @Sendable (inout MetricsText) -> Void {
    { text in
        text.gauge("daybook_http_body_bytes", help: "Bytes of the bodies being worked on.", Double(bodies.heldBytes))
    }
}

private func write(_ log: LogStatistics, to text: inout MetricsText) {
    text.counter("daybook_log_appended_records_total", help: "Records the log acknowledged.", log.appendedRecords)
    text.counter("daybook_log_appended_bytes_total", help: "Bytes of those records.", log.appendedBytes)
    text.counter("daybook_log_failed_appends_total", help: "Records the log refused.", log.failedAppends)
    text.counter("daybook_log_commits_total", help: "Durable commits.", log.commits)
    text.counter("daybook_log_read_records_total", help: "Records read from the log.", log.readRecords)
    text.counter("daybook_log_read_bytes_total", help: "Bytes of those records.", log.readBytes)
}

private func write(_ projector: Projector, to text: inout MetricsText) {
    let statistics = projector.statistics
    text.counter("daybook_projector_records_total", help: "Records read for the index.", statistics.records)
    text.counter("daybook_projector_batches_total", help: "Batches they came in.", statistics.batches)
    text.counter(
        "daybook_projector_restarted_partitions_total",
        help: "Partitions begun anew, because retention had overtaken the index.", statistics.restartedPartitions)
    text.gauge(
        "daybook_projector_lag_records", help: "Offsets that the index is behind the log.", Double(statistics.lag))
    text.gauge(
        "daybook_projector_following", help: "1 when the index follows the log.", projector.state == .following ? 1 : 0)
    text.family("daybook_projector_next_offset", .gauge, help: "The next offset of each partition to be folded.") {
        family in
        for (partition, offset) in projector.index.positions.offsets.sorted(by: { $0.key < $1.key }) {
            family.sample(Double(offset), ["stream": partition.stream, "partition": "\(partition.partition)"])
        }
    }
}

private func write(_ index: IndexStatistics, to text: inout MetricsText) {
    text.gauge("daybook_index_events", help: "Events that queries find.", Double(index.events))
    text.gauge("daybook_index_memory_bytes", help: "What the index takes in memory.", Double(index.memoryBytes))
    text.gauge("daybook_index_signals", help: "Events whose progress a signal tells.", Double(index.signals))
    let fold = index.fold
    text.family("daybook_index_folded_records_total", .counter, help: "Records folded, by what they do.") { family in
        family.sample(Double(fold.created), ["operation": "created"])
        family.sample(Double(fold.changed), ["operation": "changed"])
        family.sample(Double(fold.deleted), ["operation": "deleted"])
    }
    text.family("daybook_index_ignored_records_total", .counter, help: "Records without an effect, by reason.") {
        family in
        family.sample(Double(fold.ignoredDuplicates), ["reason": "duplicate"])
        family.sample(Double(fold.ignoredUnknown), ["reason": "unknown_event"])
    }
    text.family("daybook_index_invalid_records_total", .counter, help: "Records that are no events, by reason.") {
        family in
        for reason in InvalidReason.allCases {
            family.sample(Double(fold.invalid[reason] ?? 0), ["reason": reason.rawValue])
        }
    }
    text.family("daybook_index_evicted_events_total", .counter, help: "Events that left the index, by bound.") {
        family in
        family.sample(Double(fold.evictedByCount), ["bound": "count"])
        family.sample(Double(fold.evictedByAge), ["bound": "age"])
        family.sample(Double(fold.evictedByRetention), ["bound": "retention"])
    }
}

private func write(_ arbiter: ArbiterStatistics, to text: inout MetricsText) {
    text.gauge("daybook_arbiter_hashes", help: "Hashes that this process's arbiter knows.", Double(arbiter.hashes))
    text.gauge("daybook_arbiter_jobs", help: "How many of them are jobs that are not over.", Double(arbiter.jobs))
    text.gauge(
        "daybook_arbiter_memory_bytes", help: "What they take in memory.", Double(arbiter.memoryBytes))
    text.family("daybook_arbiter_verdicts_total", .counter, help: "Requests decided, by what became of them.") {
        family in
        for kind in VerdictCounts.Kind.allCases {
            family.sample(Double(arbiter.verdicts[kind]), ["verdict": kind.rawValue])
        }
    }
}

private func write(_ topics: TopicCatalog.Statistics, to text: inout MetricsText) {
    text.family(
        "daybook_topics_failed_checks_total", .counter,
        help: "Events and changes that are not what the topic catalogue says, by what became of them."
    ) { family in
        family.sample(Double(topics.warned), ["outcome": "stored"])
        family.sample(Double(topics.rejected), ["outcome": "refused"])
    }
}
