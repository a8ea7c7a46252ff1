import Hummingbird
import Logging

/// The least a server on Hummingbird can do: take a body and answer, or answer with so many bytes.
///
/// usage: bare-hummingbird PORT
@main
struct BareHummingbird {
    static func main() async throws {
        guard let port = CommandLine.arguments.last.flatMap({ Int($0) }) else {
            print("usage: bare-hummingbird PORT")
            return
        }
        let router = Router()
        // The largest body is Daybook's: 1 MiB of payload and what is around it.
        router.post("/api/events") { request, _ in
            let body = try await request.body.collect(upTo: 2 << 20)
            return response(
                ByteBuffer(string: #"{"id":"0192f0c1a2b37c4d8e5f60718293a4b5"}"#),
                status: body.readableBytes > 0 ? .ok : .badRequest)
        }
        router.get("/bytes/{count}") { _, context in
            let count = try context.parameters.require("count", as: Int.self)
            return response(ByteBuffer(repeating: UInt8(ascii: "x"), count: count))
        }
        var logger = Logger(label: "bare-hummingbird")
        logger.logLevel = .error
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
        try await application.runService()
    }

    private static func response(_ body: ByteBuffer, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
    }
}
