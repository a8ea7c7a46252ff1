import Foundation
import Prometheus
import Testing

struct MetricsTextTests {
    @Test func `writes counters, gauges and histograms`() {
        #expect(
            String(decoding: Self.sample.bytes, as: UTF8.self) == """
                # HELP daybook_events_total Events taken: "all" \\\\ of\\nthem.
                # TYPE daybook_events_total counter
                daybook_events_total 12
                # HELP daybook_lag_seconds Behind.
                # TYPE daybook_lag_seconds gauge
                daybook_lag_seconds{stream="a\\"b\\\\c\\nd",partition="0"} 0.25
                daybook_lag_seconds{stream="e",partition="1"} -3
                daybook_lag_seconds +Inf
                # HELP daybook_http_request_duration_seconds Time.
                # TYPE daybook_http_request_duration_seconds histogram
                daybook_http_request_duration_seconds_bucket{route="/x",le="0.5"} 1
                daybook_http_request_duration_seconds_bucket{route="/x",le="1"} 3
                daybook_http_request_duration_seconds_bucket{route="/x",le="+Inf"} 4
                daybook_http_request_duration_seconds_sum{route="/x"} 11.75
                daybook_http_request_duration_seconds_count{route="/x"} 4

                """)
    }

    @Test(.enabled(if: promtool != nil, "promtool is not installed"))
    func `is clean for promtool`() throws {
        #expect(try check(Self.sample.bytes) == "")
    }

    private static var sample: MetricsText {
        var text = MetricsText()
        text.counter("daybook_events_total", help: "Events taken: \"all\" \\ of\nthem.", 12)
        text.family("daybook_lag_seconds", .gauge, help: "Behind.") { family in
            family.sample(0.25, ["stream": "a\"b\\c\nd", "partition": "0"])
            family.sample(-3, ["stream": "e", "partition": "1"])
            family.sample(.infinity)
        }
        let histogram = Histogram(bounds: [0.5, 1])
        for value in [0.25, 0.75, 1, 9.75] { histogram.observe(value) }
        text.family("daybook_http_request_duration_seconds", .histogram, help: "Time.") { family in
            family.histogram(histogram.snapshot, ["route": "/x"])
        }
        return text
    }

    private func check(_ metrics: [UInt8]) throws -> String {
        let process = Process()
        process.executableURL = promtool
        process.arguments = ["check", "metrics"]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(metrics))
        try input.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}

private let promtool: URL? =
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { URL(filePath: "\($0)/promtool") }
    .first { FileManager.default.isExecutableFile(atPath: $0.path) }
