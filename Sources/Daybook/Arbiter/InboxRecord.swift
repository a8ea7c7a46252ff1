import LosslessJSON

/// A ``HashRequest`` as the inbox holds it: the record that it asks to append, with the hash's digest for its key, and
/// what is asked in one more header (docs/wire.md).
///
/// A record without that header is somebody else's CloudEvent with a `ce_hash`: a publish that nobody waits for.
public struct InboxRecord: Hashable, Sendable {
    /// Who waits for the verdict.
    public struct Asker: Hashable, Sendable {
        /// Names the asking process.
        public var name: String
        /// Where in the verdicts stream it reads.
        public var partition: Int32
        /// The asker's own number for the request.
        public var number: Int64

        public init(name: String, partition: Int32, number: Int64) {
            self.name = name
            self.partition = partition
            self.number = number
        }
    }

    static let header: StaticString = "daybook-request"
    /// A thousand years.
    static let maximumSeconds: Int64 = 31_557_600_000

    public var asker: Asker?
    /// Nil in a record of somebody else's, whose event has yet to be mapped to a stream.
    public var request: HashRequest?
    /// The record to be appended.
    public var record: Record

    /// The request as a record of the inbox.
    public static func encode(_ request: HashRequest, for asker: Asker) -> Record {
        var json = JSONWriter(capacity: 200)
        json.beginObject()
        let (action, terms, claim): (String, HashTerms?, ClaimTerms?) =
            switch request.action {
            case .publish(let terms): ("publish", terms, nil)
            case .reserve(let terms): ("reserve", terms, nil)
            case .reuse(let terms): ("reuse", terms, nil)
            case .change: ("change", nil, nil)
            case .delete: ("delete", nil, nil)
            case .claim(let terms): ("claim", nil, terms)
            }
        json.key("do")
        json.string(action)
        json.key("to")
        json.string(request.target.description)
        json.key("asker")
        json.string(asker.name)
        json.key("reply")
        json.int(asker.partition)
        json.key("number")
        json.int(asker.number)
        if let window = terms?.window { json.member("window", window.components.seconds) }
        if let body = terms?.bodyDigest { json.member("body", Int64(bitPattern: body)) }
        if let claim {
            json.member("maxRetries", Int64(claim.maximumRetries))
            if let lease = claim.lease { json.member("lease", lease.components.seconds) }
            if claim.retryDelay != .zero { json.member("retryDelay", claim.retryDelay.components.seconds) }
        }
        if let holder = request.holder {
            json.key("sender")
            json.string(holder.sender)
            if let worker = holder.workerID {
                json.key("worker")
                json.string(worker)
            }
        }
        if let status = request.status {
            json.key("status")
            json.string(status.rawValue)
        }
        if request.retries != 0 { json.member("retries", Int64(request.retries)) }
        if request.mayBeForgotten {
            json.key("mayBeForgotten")
            json.bool(true)
        }
        json.endObject()
        var record = request.record
        record.key = request.digest.bytes
        record.headers.append(name: "\(header)", value: json.bytes)
        return record
    }

    /// - Throws: ``InvalidRecord``.
    public static func decode(_ inbox: Record) throws -> InboxRecord {
        var headers = RecordHeaders()
        headers.reserveCapacity(inbox.headers.packed.count + 32)
        var said: [UInt8]?
        try inbox.headers.withHeaderBytes { iterator in
            while let (name, value) = try iterator.next() {
                if name.isEqual(to: header) {
                    said = value.map { Array($0) }
                } else {
                    headers.append(name: name, value: value)
                }
            }
        }
        var record = Record(key: nil, value: inbox.value, headers: headers)
        let (operation, event, key, hash) = try WireFields.read(headers) { fields in
            let (operation, id) = try fields.identity()
            return (operation, id, try fields.text(.partitionKey), try fields.text(.hash))
        }
        record.key = key.map { Array($0.utf8) } ?? event.withHexDigits { Array($0) }
        guard let digest = inbox.key.flatMap({ HashDigest(bytes: $0) }) else {
            throw InvalidRecord("the key is not the first 16 bytes of a SHA-256")
        }
        if let hash {
            guard HashDigest(hash) == digest else { throw InvalidRecord("the key is not the digest of ce_hash") }
        }
        guard let said else {
            guard hash != nil, operation == .created else {
                throw InvalidRecord("a record without \(header) must be a new event with a ce_hash")
            }
            return InboxRecord(asker: nil, request: nil, record: record)
        }
        let members: JSONMembers
        do throws(JSONError) {
            members = try JSONMembers(said)
        } catch {
            throw InvalidRecord("\(header): \(error)")
        }
        guard let target = members["to"]?.stringValue.flatMap({ StreamPartition($0) }) else {
            throw InvalidRecord("\(header): to is no stream:partition")
        }
        var request = HashRequest(
            try action(members), digest: digest, event: event, record: record, target: target,
            holder: members["sender"]?.stringValue.map { Holder($0, workerID: members["worker"]?.stringValue) },
            retries: members.number("retries").map { Int($0) } ?? 0)
        request.mayBeForgotten = members["mayBeForgotten"]?.boolValue ?? false
        request.status = try members["status"].map { text in
            guard let status = text.stringValue.flatMap({ EventStatus(rawValue: $0) }) else {
                throw InvalidRecord("\(header): unknown status")
            }
            return status
        }
        return InboxRecord(asker: try asker(members), request: request, record: record)
    }

    private static func action(_ members: JSONMembers) throws(InvalidRecord) -> HashRequest.Action {
        let terms = HashTerms(
            window: try members.seconds("window"),
            bodyDigest: members.number("body").map { UInt64(bitPattern: $0) })
        switch members["do"]?.stringValue {
        case "publish": return .publish(terms)
        case "reserve": return .reserve(terms)
        case "reuse": return .reuse(terms)
        case "change": return .change
        case "delete": return .delete
        case "claim":
            return .claim(
                ClaimTerms(
                    maximumRetries: members.number("maxRetries").map { Int($0) } ?? 0,
                    lease: try members.seconds("lease"), retryDelay: try members.seconds("retryDelay") ?? .zero))
        default: throw InvalidRecord("\(header): do is none of publish, reserve, reuse, change, delete, claim")
        }
    }

    private static func asker(_ members: JSONMembers) throws(InvalidRecord) -> Asker? {
        guard let name = members["asker"]?.stringValue else { return nil }
        guard let partition = members.number("reply").flatMap({ Int32(exactly: $0) }),
            let number = members.number("number")
        else { throw InvalidRecord("\(header): asker without reply and number") }
        return Asker(name: name, partition: partition, number: number)
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ value: Int64) {
        key(name)
        int(value)
    }
}

extension JSONMembers {
    fileprivate func number(_ name: String) -> Int64? { self[name]?.int64Value }

    /// Anybody may write to the inbox, and the arbiter reckons with what stands there: nothing may overflow.
    fileprivate func seconds(_ name: String) throws(InvalidRecord) -> Duration? {
        guard let number = number(name) else { return nil }
        guard (0...InboxRecord.maximumSeconds).contains(number) else {
            throw InvalidRecord("\(InboxRecord.header): \(name) is not 0…\(InboxRecord.maximumSeconds) seconds")
        }
        return .seconds(number)
    }
}
