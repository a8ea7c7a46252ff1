import Prometheus

/// What `/metrics` tells of live push.
struct LiveMetrics: Sendable {
    let feed: LiveFeed

    @Sendable func write(_ text: inout MetricsText) {
        text.gauge(
            "daybook_live_subscribers", help: "WebSockets and event streams that are told of what happens.",
            Double(feed.subscribers.value))
        text.counter(
            "daybook_live_messages_total", help: "Records that were handed to live push while somebody listened.",
            feed.messages.value)
    }
}
