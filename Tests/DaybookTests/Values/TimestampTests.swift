import Daybook
import Foundation
import Testing

struct TimestampTests {
    /// The microseconds are Python's: `datetime.fromisoformat(text) - datetime(1970, 1, 1)`.
    static let known: [(String, Int64)] = [
        ("0001-01-01T00:00:00.000000+00:00", -62_135_596_800_000_000),
        ("1582-10-04T12:00:00.000001+00:00", -12_220_199_999_999_999),
        ("1600-02-29T23:59:59.999999+00:00", -11_670_912_000_000_001),
        ("1899-12-31T00:00:00.000000+00:00", -2_209_075_200_000_000),
        ("1900-02-28T23:00:00.500000+00:00", -2_203_894_799_500_000),
        ("1969-12-31T23:59:59.999999+00:00", -1),
        ("1970-01-01T00:00:00.000000+00:00", 0),
        ("2000-02-29T12:34:56.789012+00:00", 951_827_696_789_012),
        ("2024-02-29T00:00:00.000001+00:00", 1_709_164_800_000_001),
        ("2026-11-21T03:00:44.291548+00:00", 1_795_230_044_291_548),
        ("2038-01-19T03:14:08.000000+00:00", 2_147_483_648_000_000),
        ("2100-02-28T23:59:59.000000+00:00", 4_107_542_399_000_000),
        ("9999-12-31T23:59:59.999999+00:00", 253_402_300_799_999_999),
    ]

    @Test(arguments: known)
    func `is written and read as ISO 8601`(text: String, microseconds: Int64) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "2026-11-21T03:00:44.5+00:00", "2026-11-21T03:00:44.500Z", "2026-11-21t03:00:44.5z", "2026-11-21 03:00:44.5",
        "2026-11-21T03:00:44,5", "2026-11-21T03:00:44.500000000999", "2026-11-21T05:00:44.5+02:00",
        "2026-11-21T05:00:44.5+0200", "2026-11-21T05:00:44.5+02", "2026-11-20T21:30:44.5-05:30",
        "2026-11-21T03:00:44.5-00:00",
    ])
    func `many spellings are one time`(text: String) {
        #expect(Timestamp(text)?.description == "2026-11-21T03:00:44.500000+00:00")
    }

    @Test(arguments: [
        ("2026-11-21", "2026-11-21T00:00:00.000000+00:00"), ("2026-11-21T03:00", "2026-11-21T03:00:00.000000+00:00"),
        ("2026-11-21T03:00Z", "2026-11-21T03:00:00.000000+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000+00:00"),
        ("0000-03-01", "0000-03-01T00:00:00.000000+00:00"),
        ("2026-01-01T00:00+23:59", "2025-12-31T00:01:00.000000+00:00"),
    ])
    func `parts may be left out`(text: String, expected: String) {
        #expect(Timestamp(text)?.description == expected)
    }

    @Test(arguments: [
        "", "2026", "2026-11", "2026-11-", "2026-1-21", "2026-13-01", "2026-00-01", "2026-01-00", "2026-02-29",
        "1900-02-29",
        "2026-04-31", "2026-11-21T", "2026-11-21T3:00", "2026-11-21T24:00", "2026-11-21T03", "2026-11-21T03:60",
        "2026-11-21T03:00:61", "2026-11-21T03:00:44.", "2026-11-21T03:00:44.x", "2026-11-21T03:00:44Zx", "2026-11-21Z",
        "2026-11-21T03:00+", "2026-11-21T03:00+2", "2026-11-21T03:00+24:00", "2026-11-21T03:00+02:60",
        "2026-11-21T03:00+02:", "2026-11-21T03:00+02:0", "2026-11-21T03:00Z+00:00", " 2026-11-21", "2026-11-21 ",
        "20261121", "2026/11/21", "1795230044", "now", "２０２６-11-21", "2026-11-21\u{0}", "-026-11-21", "12026-11-21",
    ])
    func `what is no time is refused`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `agrees with Foundation from 1600 on`() throws {
        // Before, Foundation's calendar is the Julian one.
        let style = Date.ISO8601FormatStyle()
        var random = SeededGenerator(seed: 2)
        for _ in 0..<5_000 {
            let seconds = Int64.random(in: -11_676_096_000...253_402_300_799, using: &random)
            let time = Timestamp(microseconds: seconds * 1_000_000)
            let foundation = Date(timeIntervalSince1970: Double(seconds)).formatted(style)
            #expect(time.description.prefix(19) == foundation.dropLast(), "\(seconds)")
            #expect(Timestamp(foundation) == time)
        }
    }

    @Test func `reads what it prints, also far away`() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            let time = Timestamp(microseconds: Int64.random(in: .min ... .max, using: &random))
            if Timestamp(time.description) != time { Issue.record("\(time.microseconds) is printed as \(time)") }
        }
    }

    /// Five-digit years have a sign and six digits (ISO 8601's expanded form).
    @Test(arguments: [
        ("+010000-01-01T00:00:00.000000+00:00", 253_402_300_800_000_000),
        ("-000001-12-31T23:59:59.999999+00:00", -62_167_219_200_000_001),
        ("+294247-01-10T04:00:54.775807+00:00", Int64.max), ("-290308-12-21T19:59:05.224192+00:00", Int64.min),
    ])
    func `the ends of time can be told`(text: String, microseconds: Int64) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "+294247-01-10T04:00:54.775808Z", "-290308-12-21T19:59:05.224191Z", "+999999-12-31", "-999999-01-01",
        "+12026-11-21", "+2026-11-21", "-0001-01-01",
    ])
    func `a time beyond the ends is refused`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `is moved by durations and held at the ends`() {
        let time = Timestamp(microseconds: 5)
        #expect(time.advanced(by: .milliseconds(2)).microseconds == 2_005)
        #expect(time.advanced(by: .microseconds(-6)).microseconds == -1)
        #expect(time.advanced(by: .seconds(Int64.max)).microseconds > 1 << 61)
        #expect(time.advanced(by: .seconds(Int64.min)).microseconds < -1 << 61)
        #expect(Timestamp(microseconds: .max).advanced(by: .seconds(1)).microseconds == .max)
        #expect(Timestamp(microseconds: .min).advanced(by: .seconds(-1)).microseconds == .min)
    }
}
