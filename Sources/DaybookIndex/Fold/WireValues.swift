import Daybook

/// Reads the values of headers without making strings of them; accepts exactly what `RecordDecoder` accepts.
enum WireValues {
    /// A text, or a complaint when it is no UTF-8 or has NUL in it.
    @inline(__always)
    static func text(_ bytes: UnsafeRawBufferPointer?) throws(InvalidReason) -> UnsafeRawBufferPointer? {
        guard let bytes else { return nil }
        if bytes.isPlainASCII { return bytes }
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else { throw .text }
        return bytes
    }

    static func status(_ bytes: UnsafeRawBufferPointer) throws(InvalidReason) -> EventStatus {
        switch bytes.count {
        case 6 where bytes.isEqual(to: "failed"): .failed
        case 7 where bytes.isEqual(to: "pending"): .pending
        case 7 where bytes.isEqual(to: "aborted"): .aborted
        case 8 where bytes.isEqual(to: "finished"): .finished
        case 9 where bytes.isEqual(to: "restarted"): .restarted
        case 11 where bytes.isEqual(to: "in_progress"): .inProgress
        default: throw .value
        }
    }

    static func operation(_ bytes: UnsafeRawBufferPointer?) throws(InvalidReason) -> RecordOperation {
        guard let bytes else { throw .identity }
        if bytes.isEqual(to: "created") { return .created }
        if bytes.isEqual(to: "changed") { return .changed }
        if bytes.isEqual(to: "deleted") { return .deleted }
        throw .identity
    }

    /// Rarer enumerations, the long way.
    static func enumeration<Value: RawRepresentable>(
        _ bytes: UnsafeRawBufferPointer?, _ type: Value.Type = Value.self
    ) throws(InvalidReason) -> Value? where Value.RawValue == String {
        guard let bytes = try text(bytes) else { return nil }
        guard let value = Value(rawValue: String(decoding: bytes, as: UTF8.self)) else { throw .value }
        return value
    }

    static func integer(_ bytes: UnsafeRawBufferPointer) throws(InvalidReason) -> Int64 {
        if let small = smallNumber(bytes) { return Int64(small) }
        guard let number = Int64(String(decoding: bytes, as: UTF8.self)) else { throw .value }
        return number
    }

    static func progress(_ bytes: UnsafeRawBufferPointer) throws(InvalidReason) -> Double {
        let number: Double
        if let small = smallNumber(bytes) {
            number = Double(small)
        } else {
            guard let read = Double(String(decoding: bytes, as: UTF8.self)) else { throw .value }
            number = read
        }
        // Written so that NaN fails, too.
        guard number >= 0, number <= 100 else { throw .value }
        return number
    }

    /// One to four digits and nothing else.
    @inline(__always)
    private static func smallNumber(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard !bytes.isEmpty, bytes.count <= 4 else { return nil }
        var number = 0
        for byte in bytes {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            number = number * 10 + Int(digit)
        }
        return number
    }

    static func eventID(_ bytes: UnsafeRawBufferPointer?) throws(InvalidReason) -> EventID? {
        guard let bytes else { return nil }
        if let id = EventID(hex: bytes) { return id }
        guard let bytes = try text(bytes), let id = EventID(anySpelling: String(decoding: bytes, as: UTF8.self)) else {
            throw .value
        }
        return id
    }

    /// Microseconds since 1970.
    static func time(_ bytes: UnsafeRawBufferPointer) throws(InvalidReason) -> Int64 {
        if let time = canonicalTime(bytes) { return time }
        guard let bytes = try text(bytes), let time = Timestamp(String(decoding: bytes, as: UTF8.self)) else {
            throw .value
        }
        return time.microseconds
    }

    /// The form Daybook writes, `2026-11-21T03:00:44.291548+00:00`; nil for all else.
    static func canonicalTime(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        guard bytes.count == 32, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            bytes[19] == UInt8(ascii: "."), bytes.part(26, 6).isEqual(to: "+00:00")
        else { return nil }
        var isNumber = true
        @inline(__always)
        func digits(_ start: Int, _ count: Int) -> Int64 {
            var number: Int64 = 0
            for at in start..<start + count {
                let digit = bytes[at] &- UInt8(ascii: "0")
                isNumber = isNumber && digit < 10
                number = number * 10 + Int64(digit)
            }
            return number
        }
        let year = digits(0, 4)
        let month = digits(5, 2)
        let day = digits(8, 2)
        let hour = digits(11, 2)
        let minute = digits(14, 2)
        let second = digits(17, 2)
        let fraction = digits(20, 6)
        // Days beyond the 28th, leap seconds and the like are left to the reader that knows the calendar.
        guard isNumber, month >= 1, month <= 12, day >= 1, day <= 31, hour < 24, minute < 60, second < 60,
            day <= 28 || isInMonth(day, month, year)
        else { return nil }
        let days = daysSince1970(year, month, day)
        return ((days * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000 + fraction
    }

    private static func isInMonth(_ day: Int64, _ month: Int64, _ year: Int64) -> Bool {
        switch month {
        case 4, 6, 9, 11: day <= 30
        case 2: day == 29 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        default: true
        }
    }

    /// The era-based conversion: 400 years of the Gregorian calendar are 146,097 days.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
