/// Times as text: ISO 8601 with six fractional digits and `+00:00`, as AYON writes them
/// (`2026-11-21T03:00:44.291548+00:00`). A year outside 0000…9999 has a sign and six digits, which is ISO 8601's expanded
/// form and no longer RFC 3339.
extension Timestamp: LosslessStringConvertible {
    public var description: String {
        String(unsafeUninitializedCapacity: 40) { buffer in
            let dayLength: Int64 = 86_400_000_000
            var day = microseconds / dayLength
            var rest = microseconds % dayLength
            if rest < 0 {
                rest += dayLength
                day -= 1
            }
            let date = CivilDate(daysSince1970: day)
            var at = 0
            func put(_ byte: UInt8) {
                buffer[at] = byte
                at += 1
            }
            func put(_ value: Int64, digits: Int) {
                var divisor: Int64 = 1
                for _ in 1..<digits { divisor *= 10 }
                while divisor > 0 {
                    put(UInt8(ascii: "0") + UInt8((value / divisor) % 10))
                    divisor /= 10
                }
            }
            if (0...9999).contains(date.year) {
                put(date.year, digits: 4)
            } else {
                put(date.year < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
                put(abs(date.year), digits: 6)
            }
            put(UInt8(ascii: "-"))
            put(date.month, digits: 2)
            put(UInt8(ascii: "-"))
            put(date.day, digits: 2)
            put(UInt8(ascii: "T"))
            put(rest / 3_600_000_000, digits: 2)
            put(UInt8(ascii: ":"))
            put(rest / 60_000_000 % 60, digits: 2)
            put(UInt8(ascii: ":"))
            put(rest / 1_000_000 % 60, digits: 2)
            put(UInt8(ascii: "."))
            put(rest % 1_000_000, digits: 6)
            for byte in "+00:00".utf8 { put(byte) }
            return at
        }
    }

    /// Reads ISO 8601 / RFC 3339: a date, or a date and time with `T`, `t` or a blank between them, seconds and a
    /// fraction optional (more than six digits are cut), and a zone (`Z` or `±hh:mm`); without a zone the time is
    /// UTC. Nil for all else, and for times that a `Timestamp` cannot hold.
    public init?(_ text: String) {
        var scanner = DigitScanner(text)
        let yearSign = scanner.sign()
        guard let year = scanner.number(digits: yearSign == nil ? 4 : 6), scanner.take("-"),
            let month = scanner.number(digits: 2), scanner.take("-"),
            let day = scanner.number(digits: 2),
            let date = CivilDate(year: year * (yearSign ?? 1), month: month, day: day)
        else { return nil }
        var micros: Int64 = 0
        if scanner.take("T") || scanner.take("t") || scanner.take(" ") {
            guard let hour = scanner.number(digits: 2), hour < 24, scanner.take(":"),
                let minute = scanner.number(digits: 2), minute < 60
            else { return nil }
            micros += (hour * 60 + minute) * 60_000_000
            if scanner.take(":") {
                // 60 is a leap second: the first microsecond of the next minute.
                guard let second = scanner.number(digits: 2), second <= 60 else { return nil }
                micros += second * 1_000_000
                if scanner.take(".") || scanner.take(",") {
                    guard let fraction = scanner.fraction() else { return nil }
                    micros += fraction
                }
            }
            if !scanner.take("Z"), !scanner.take("z"), let sign = scanner.sign() {
                guard let hours = scanner.number(digits: 2), hours < 24 else { return nil }
                let onlyHours = scanner.isAtEnd
                _ = scanner.take(":")
                guard let minutes = onlyHours ? 0 : scanner.number(digits: 2), minutes < 60 else { return nil }
                micros -= sign * (hours * 60 + minutes) * 60_000_000
            }
        }
        guard scanner.isAtEnd,
            let total = Int64(exactly: Int128(date.daysSince1970) * 86_400_000_000 + Int128(micros))
        else { return nil }
        self.init(microseconds: total)
    }

    /// Whether RFC 3339, and so CloudEvents, can tell this time.
    public var hasFourDigitYear: Bool {
        (-62_167_219_200_000_000...253_402_300_799_999_999).contains(microseconds)
    }
}

/// A date of the proleptic Gregorian calendar. The conversions are the well-known era-based ones: 400 years are
/// 146,097 days.
private struct CivilDate {
    var year: Int64
    var month: Int64
    var day: Int64

    init(daysSince1970 days: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    init?(year: Int64, month: Int64, day: Int64) {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), day >= 1, day <= lengths[Int(month) - 1] else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    var daysSince1970: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

/// Takes fixed-width numbers and single characters off the front of a text.
private struct DigitScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = Substring(text).utf8
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    mutating func sign() -> Int64? {
        if take("+") { return 1 }
        return take("-") ? -1 : nil
    }

    mutating func digit() -> Int64? {
        guard let first = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
        rest.removeFirst()
        return Int64(first - UInt8(ascii: "0"))
    }

    mutating func number(digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let next = digit() else { return nil }
            value = value * 10 + next
        }
        return value
    }

    /// Microseconds of one or more fractional digits.
    mutating func fraction() -> Int64? {
        guard var value = digit() else { return nil }
        var count = 1
        while let next = digit() {
            if count < 6 {
                value = value * 10 + next
                count += 1
            }
        }
        while count < 6 {
            value *= 10
            count += 1
        }
        return value
    }
}
