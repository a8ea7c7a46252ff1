extension ParkedDelivery {
    private enum Name {
        static let prefix = "daybook-"
        static let registration = "daybook-registration"
        static let position = "daybook-position"
        static let logTime = "daybook-logtime"
        static let key = "daybook-key"
        static let attempts = "daybook-attempts"
        static let firstFailure = "daybook-firstfailure"
        static let lastFailure = "daybook-lastfailure"
        static let notBefore = "daybook-notbefore"
        static let error = "daybook-error"
        static let noValue = "daybook-novalue"
        static let redriven = "daybook-redriven"
    }

    /// Keeps the record small however long an error is.
    private static let maximumErrorBytes = 2048

    /// The record that puts it aside, or tells how it went since.
    var wireRecord: Record {
        var headers = record.headers
        func add(_ name: String, _ value: String) { headers.append(name: name, value: Array(value.utf8)) }
        add(Name.registration, registration.description)
        add(Name.position, position.description)
        add(Name.logTime, logTime.description)
        if let key = record.key { headers.append(name: Name.key, value: key) }
        add(Name.attempts, "\(attempts)")
        if let firstFailure { add(Name.firstFailure, firstFailure.description) }
        if let lastFailure { add(Name.lastFailure, lastFailure.description) }
        add(Name.notBefore, notBefore.description)
        if !error.isEmpty { add(Name.error, String(error.truncated(toBytes: Self.maximumErrorBytes))) }
        if isRedriven { add(Name.redriven, "true") }
        // Without a value it would be an end.
        if record.value == nil { add(Name.noValue, "true") }
        return Record(key: key, value: record.value ?? [], headers: headers)
    }

    /// The record that ends it.
    static func end(_ registration: EventID, _ position: Position) -> Record {
        Record(key: key(registration, position), value: nil)
    }

    /// Nil for a record that is none: the streams are open to others.
    init?(_ stored: Record) {
        guard let value = stored.value else { return nil }
        var original = RecordHeaders()
        var own: [String: [UInt8]] = [:]
        for (name, value) in stored.headers.all {
            if name.hasPrefix(Name.prefix) { own[name] = value } else { original.append(name: name, value: value) }
        }
        func text(_ name: String) -> String? { own[name].flatMap { String(validating: $0, as: UTF8.self) } }
        guard let registration = text(Name.registration).flatMap({ EventID($0) }),
            let position = text(Name.position).flatMap({ Position($0) }),
            let logTime = text(Name.logTime).flatMap({ Timestamp($0) }),
            let notBefore = text(Name.notBefore).flatMap({ Timestamp($0) }),
            let attempts = text(Name.attempts).flatMap({ Int($0) }), attempts >= 0,
            stored.key == Self.key(registration, position)
        else { return nil }
        self.init(
            registration: registration, position: position, logTime: logTime, attempts: attempts,
            firstFailure: text(Name.firstFailure).flatMap { Timestamp($0) },
            lastFailure: text(Name.lastFailure).flatMap { Timestamp($0) }, notBefore: notBefore,
            error: text(Name.error) ?? "",
            record: Record(
                key: own[Name.key], value: own[Name.noValue] == nil ? value : nil, headers: original))
        isRedriven = own[Name.redriven] != nil
    }

    /// Reads the key of a record of the retries or dead-letters stream.
    static func identity(ofKey key: [UInt8]?) -> (registration: EventID, position: Position)? {
        guard let key, let text = String(validating: key, as: UTF8.self) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let registration = EventID(String(parts[0])),
            let partition = StreamPartition(String(parts[1])), let offset = Int64(parts[2])
        else { return nil }
        return (registration, Position(partition, offset))
    }
}

extension String {
    /// As much of it as fits, cut between characters.
    func truncated(toBytes count: Int) -> Substring {
        guard utf8.count > count else { return self[...] }
        var end = utf8.index(startIndex, offsetBy: count)
        while end > startIndex, String.Index(end, within: unicodeScalars) == nil { end = utf8.index(before: end) }
        return self[..<end]
    }
}
