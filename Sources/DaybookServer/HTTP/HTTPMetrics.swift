import HTTPTypes
import Hummingbird
import Prometheus

/// Requests, as `/metrics` shows them.
final class HTTPMetrics: Sendable {
    private struct Route: Hashable {
        var method: String
        var path: String

        var labels: Labels { ["method": method, "route": path] }
    }

    private struct Outcome: Hashable {
        var route: Route
        var status: Int

        var labels: Labels { ["method": route.method, "route": route.path, "status": "\(status)"] }
    }

    let inFlight = Gauge()
    private let requests = Labelled(by: Outcome.self) { Counter() }
    private let durations = Labelled(by: Route.self) { Histogram() }

    init() {}

    func observe(method: HTTPRequest.Method, route: String?, status: HTTPResponse.Status, duration: Duration) {
        // Labels come from closed sets: the routes' patterns, and of methods only those that some route has.
        let route = Route(
            method: RouteTable.methods.contains(method) ? method.rawValue : "other", path: route ?? "none")
        requests[Outcome(route: route, status: status.code)].increment()
        durations[route].observe(duration)
    }

    func write(to text: inout MetricsText) {
        text.gauge("daybook_http_requests_in_flight", help: "Requests being answered.", Double(inFlight.value))
        text.family("daybook_http_requests_total", .counter, help: "Requests answered.") { family in
            for (outcome, counter) in requests.all { family.sample(Double(counter.value), outcome.labels) }
        }
        text.family(
            "daybook_http_request_duration_seconds", .histogram,
            help: "Time from the head of the request to the head of the answer."
        ) { family in
            for (route, histogram) in durations.all { family.histogram(histogram.snapshot, route.labels) }
        }
    }
}
