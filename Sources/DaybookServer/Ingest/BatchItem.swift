import Daybook
import HTTPTypes
import LosslessJSON

/// One item of a batch: what it asks for, or why it cannot be read.
struct BatchItem {
    /// Where it lies in the body.
    enum Place {
        /// Of NDJSON, from 1.
        case line(Int)
        /// Of an array, from 0.
        case item(Int)
    }

    var place: Place
    var write: Result<EventWrite, ItemRefusal>
}

extension BatchItem.Place: CustomStringConvertible {
    var description: String {
        switch self {
        case .line(let number): "line \(number)"
        case .item(let index): "item \(index)"
        }
    }
}

/// Why an item of a batch was not stored.
struct ItemRefusal: Error {
    var status: HTTPResponse.Status
    var message: String
    var stored: Problem.Stored?
    /// The event that is perhaps stored.
    var eventID: EventID?
    /// The event that has the hash, and where its `created` record lies.
    var duplicateOf: EventID?
    var position: Position?

    init(_ message: String, status: HTTPResponse.Status = .badRequest) {
        self.status = status
        self.message = message
    }

    init(_ error: PublishError, eventID: EventID) {
        let problem = Problem(error, eventID: eventID)
        status = problem.status
        message = error.description
        stored = problem.stored
        self.eventID = problem.eventID
        duplicateOf = problem.duplicateOf
        position = problem.position
    }

    /// The same, saying where the item is that is refused for its own sake.
    func at(_ place: BatchItem.Place) -> ItemRefusal {
        guard stored == nil, status != .failedDependency else { return self }
        var refusal = self
        refusal.message = "\(place): \(message)"
        return refusal
    }
}

/// Reads bodies that hold several events.
enum BatchReader {
    /// How many items one request may have: their outcomes are held in memory until all are known.
    static let maximumItems = 10_000

    /// NDJSON: an ``EventInput`` per line; empty lines are passed over.
    static func ndjson(_ body: UnsafeRawBufferPointer, limits: JSONLimits) throws(Problem) -> [BatchItem] {
        var items: [BatchItem] = []
        var number = 0
        var start = 0
        while start < body.count {
            let end = body[start...].firstIndex(of: UInt8(ascii: "\n")) ?? body.count
            let line = UnsafeRawBufferPointer(rebasing: body[start..<end])
            number += 1
            start = end + 1
            guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
            try checkCount(items.count)
            let write = read(line, limits: limits) { members throws(InvalidEvent) in try EventInput(members).write }
            items.append(BatchItem(place: .line(number), write: write))
        }
        return items
    }

    /// A CloudEvent in JSON.
    static func cloudEvent(
        _ body: UnsafeRawBufferPointer, limits: JSONLimits
    ) -> Result<EventWrite, ItemRefusal> {
        read(body, limits: limits, cloudEvent)
    }

    /// CloudEvents in a JSON array.
    static func cloudEvents(_ body: UnsafeRawBufferPointer, limits: JSONLimits) throws(Problem) -> [BatchItem] {
        let elements: JSONElements
        do throws(JSONError) {
            elements = try JSONElements(body, limits: limits)
        } catch {
            throw .malformed(error)
        }
        try checkCount(elements.count - 1)
        return elements.enumerated().map { at, element in
            let write = element.bytes.withUnsafeBytes { read($0, limits: limits, cloudEvent) }
            return BatchItem(place: .item(at), write: write)
        }
    }

    /// What a record of Daybook's own says besides its event. Taken from a caller it would pass for a record that was
    /// checked already, or for a change.
    private static let recordAttributes: Set<String> = ["eventid", "op", "changes", "actor", "basis"]

    private static func cloudEvent(_ members: JSONMembers) throws(InvalidRecord) -> EventWrite {
        if let operation = members["op"]?.stringValue, operation != RecordOperation.created.rawValue {
            throw InvalidRecord("op is \(operation); only new events can be posted")
        }
        var members = members
        members.removeAll(named: recordAttributes)
        do {
            return .create(try RecordDecoder.decode(StructuredMode.binary(from: members)).event)
        } catch let error as InvalidRecord {
            throw error
        } catch {
            throw InvalidRecord("\(error)")
        }
    }

    private static func read<Failure: Error & CustomStringConvertible>(
        _ text: UnsafeRawBufferPointer, limits: JSONLimits, _ write: (JSONMembers) throws(Failure) -> EventWrite
    ) -> Result<EventWrite, ItemRefusal> {
        do throws(JSONError) {
            let members = try JSONMembers(text, limits: limits)
            do throws(Failure) {
                return .success(try write(members))
            } catch {
                return .failure(ItemRefusal(error.description))
            }
        } catch {
            if case .expected("'{'", let found) = error.reason, found != nil {
                return .failure(ItemRefusal("must be a JSON object"))
            }
            let place = error.line == 1 ? "column \(error.column)" : "line \(error.line), column \(error.column)"
            return .failure(ItemRefusal("malformed JSON at \(place): \(error.reason)"))
        }
    }

    private static func checkCount(_ count: Int) throws(Problem) {
        guard count < maximumItems else {
            throw Problem(.contentTooLarge, "a batch has \(maximumItems) items at most; send several requests")
        }
    }
}
