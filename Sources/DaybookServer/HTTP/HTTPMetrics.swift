import HTTPTypes
import Hummingbird
import Prometheus

/// Requests, as `/metrics` shows them.
final class HTTPMetrics: Sendable {
    let inFlight = Gauge()
    private let requests = Labelled { Counter() }
    private let durations = Labelled { Histogram() }

    init() {}

    func observe(method: HTTPRequest.Method, route: String?, status: HTTPResponse.Status, duration: Duration) {
        // Labels come from closed sets: the routes' patterns, and of methods only those that some route has.
        let route = route ?? "none"
        let method = RouteTable.methods.contains(method) ? method.rawValue : "other"
        requests[["method": method, "route": route, "status": "\(status.code)"]].increment()
        durations[["method": method, "route": route]].observe(duration)
    }

    func write(to text: inout MetricsText) {
        text.gauge("daybook_http_requests_in_flight", help: "Requests being answered.", Double(inFlight.value))
        text.family("daybook_http_requests_total", .counter, help: "Requests answered.") { family in
            for (labels, counter) in requests.all { family.sample(Double(counter.value), labels) }
        }
        text.family(
            "daybook_http_request_duration_seconds", .histogram,
            help: "Time from the head of the request to the head of the answer."
        ) { family in
            for (labels, histogram) in durations.all { family.histogram(histogram.snapshot, labels) }
        }
    }
}
