import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Takes request bodies in, each within its own limit and all together within a common one, so that no number of
/// clients can fill the memory.
final class BodyReader: Sendable {
    private let budget: Int
    private let held = Atomic<Int>(0)

    /// - Parameter budget: the bytes that all bodies being worked on may have together.
    init(budget: Int) {
        self.budget = budget
    }

    /// The bytes held now.
    var heldBytes: Int { held.load(ordering: .relaxed) }

    /// Reads the whole body and hands it to the work.
    ///
    /// - Throws: 413 when it is larger than the limit, 503 when too much is in work already, 408 when it does not come to
    ///   its end in time, 400 when it never does; what the work throws.
    func withBody<Result: Sendable>(
        of request: Request, limit: Int, _ work: (ByteBuffer) async throws -> Result
    ) async throws -> Result {
        if let announced = request.headers[.contentLength].flatMap({ Int($0) }), announced > limit {
            throw Self.tooLarge(limit)
        }
        var taken = 0
        defer { held.subtract(taken, ordering: .relaxed) }
        var body = ByteBuffer()
        var iterator = request.body.makeAsyncIterator()
        while var part = try await Self.next(&iterator) {
            taken += part.readableBytes
            let total = held.add(part.readableBytes, ordering: .relaxed).newValue
            guard taken <= limit else { throw Self.tooLarge(limit) }
            guard total <= budget else {
                throw Problem.unavailable("the server is working on as many requests as it has memory for", stored: .no)
            }
            if body.readableBytes == 0 { body = part } else { body.writeBuffer(&part) }
        }
        return try await work(body)
    }

    private static func next(_ iterator: inout RequestBody.AsyncIterator) async throws -> ByteBuffer? {
        do {
            return try await iterator.next()
        } catch let error as CancellationError {
            throw error
        } catch is RequestGuard.TimedOut {
            throw Problem.requestTimeout
        } catch {
            throw Problem(.badRequest, "the request's body could not be read to its end")
        }
    }

    private static func tooLarge(_ limit: Int) -> Problem {
        Problem(.contentTooLarge, "the body is larger than the \(limit) bytes that are taken here")
    }
}
