import Daybook
import Testing

@testable import DaybookHandlers

@Suite struct RetryAfterTests {
    @Test(
        arguments: [
            (nil, nil), ("", nil), ("soon", nil), ("-1", nil), ("1.5", nil), ("0", .zero), ("120", .seconds(120)),
            (" 7 ", .seconds(7)), ("999999", .seconds(86_400)), ("99999999999999999999999", .seconds(86_400)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(7)), ("Sun, 06 Nov 1994 08:49:00 GMT", .zero),
            ("Mon, 07 Nov 1999 08:49:00 GMT", .seconds(86_400)), ("Sun, 06 Foo 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("Sun, 46 Nov 1994 08:49:37 GMT", nil),
        ] as [(String?, Duration?)])
    func reads(text: String?, duration: Duration?) throws {
        let now = try #require(Timestamp("1994-11-06T08:49:30Z"))
        #expect(RetryAfter.duration(text, now: now) == duration)
    }
}
