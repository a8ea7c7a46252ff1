import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import DaybookServer

/// Short requests are answered on their connection's thread, and what may take long is not.
@Suite struct PaceTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private static let requests: [(HTTPRequest.Method, HTTPFields, Bool)] = [
        (.get, [:], true), (.post, [.contentLength: "65536"], true), (.post, [:], true),
        (.post, [.contentLength: "65537"], false), (.post, [.contentLength: "x"], false),
        (.post, [.transferEncoding: "chunked"], false),
    ]

    @Test(arguments: requests)
    func shortOnesStay(method: HTTPRequest.Method, headers: HTTPFields, stays: Bool) async throws {
        #expect(try await answersOnTheLoop(Pace.short, method, headers) == stays)
        #expect(try await !answersOnTheLoop(Pace.long, method, headers))
    }

    @Test func aLargeAnswerIsMadeElsewhere() async throws {
        let loop = loop
        let handler = Pace.long { _, _ in
            Response(status: .ok, body: ResponseBody { try await $0.write(ByteBuffer(string: "\(loop.inEventLoop)")) })
        }
        let written = Written()
        try await onTheLoop {
            let response = try await handler(request(.get, [:]), context)
            try await response.body.write(Writer(written: written))
        }
        #expect(written.text == "false")
    }

    /// What a deadline is set for runs in a task of its own, which does not change threads either.
    @Test func deadlinesStay() async throws {
        let loop = loop
        let stays = try await onTheLoop { await Deadlines<Bool>(.seconds(60)).run { loop.inEventLoop } }
        #expect(stays == true)
    }

    private func answersOnTheLoop(
        _ pace: (@escaping RouteTable.Handler) -> RouteTable.Handler, _ method: HTTPRequest.Method,
        _ headers: HTTPFields
    ) async throws -> Bool {
        let loop = loop
        let handler = pace { _, _ in Response(status: loop.inEventLoop ? .ok : .accepted) }
        return try await onTheLoop {
            let response = try await handler(request(method, headers), context)
            // Afterwards it goes on where it was.
            #expect(loop.inEventLoop)
            return response.status == .ok
        }
    }

    private func onTheLoop<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        let executor = EventLoopTaskExecutor(loop)
        return try await withTaskExecutorPreference(executor) {
            try await EventLoopTaskExecutor.$current.withValue(executor) { try await body() }
        }
    }

    private var context: ServerRequestContext {
        ServerRequestContext(
            source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: Logger(label: "test")))
    }

    private func request(_ method: HTTPRequest.Method, _ headers: HTTPFields) -> Request {
        Request(
            head: HTTPRequest(method: method, scheme: "http", authority: "a", path: "/", headerFields: headers),
            body: RequestBody(buffer: ByteBuffer()))
    }

    private final class Written: @unchecked Sendable {
        // One task writes it, and then it is read.
        var text = ""
    }

    private struct Writer: ResponseBodyWriter {
        let written: Written

        mutating func write(_ buffer: ByteBuffer) async throws { written.text += String(buffer: buffer) }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
