import Daybook
import NIOCore
import Testing

@testable import DaybookServer

struct RequestRatesTests {
    private static func rates(burst: Int?) -> RequestRates {
        var options = ServerOptions()
        options.rateLimit = burst == nil ? nil : 0.01
        options.rateBurst = burst
        return RequestRates(options)
    }

    private static func address(_ text: String) -> SocketAddress? { try? SocketAddress(ipAddress: text, port: 1) }

    private static func caller(_ name: String?, _ origin: Caller.Origin = .key) -> Caller {
        Caller(name: name, role: .service, origin: origin)
    }

    @Test func `without a rate nothing is counted`() {
        let rates = Self.rates(burst: nil)
        for _ in 1...1000 { #expect(rates.wait(Self.caller("a"), from: Self.address("10.0.0.1")) == nil) }
    }

    @Test func `a key is one caller wherever it asks from, and everybody without one is an address`() {
        let rates = Self.rates(burst: 2)
        #expect(rates.wait(Self.caller("a"), from: Self.address("10.0.0.1")) == nil)
        #expect(rates.wait(Self.caller("a"), from: Self.address("10.0.0.2")) == nil)
        #expect(rates.wait(Self.caller("a"), from: Self.address("10.0.0.3")) != nil)
        #expect(rates.wait(Self.caller("b"), from: Self.address("10.0.0.1")) == nil)
        #expect(
            rates.wait(Self.caller("a", .token), from: Self.address("10.0.0.1")) == nil, "a token's subject is no key")
        for _ in 1...2 { #expect(rates.wait(.open, from: Self.address("10.0.0.1")) == nil) }
        #expect(rates.wait(.open, from: Self.address("10.0.0.1")) != nil)
        #expect(rates.wait(.open, from: Self.address("10.0.0.2")) == nil)
        for _ in 1...9 { #expect(rates.wait(.log, from: Self.address("10.0.0.1")) == nil) }
    }

    @Test func `a network of IPv6 is one address`() {
        let rates = Self.rates(burst: 1)
        #expect(rates.wait(.open, from: Self.address("2001:db8:1:2::1")) == nil)
        #expect(rates.wait(.open, from: Self.address("2001:db8:1:2:ffff::9")) != nil)
        #expect(rates.wait(.open, from: Self.address("2001:db8:1:3::1")) == nil)
        #expect(rates.wait(.open, from: Self.address("::ffff:10.0.0.1")) == nil)
        #expect(rates.wait(.open, from: Self.address("::ffff:10.0.0.2")) == nil)
        #expect(rates.wait(.open, from: Self.address("::ffff:10.0.0.1")) != nil)
    }

    @Test func `many bad credentials of one address are told as too many, and written down once`() {
        let rates = Self.rates(burst: nil)
        var told = 0
        var news = 0
        for _ in 1...300 {
            switch rates.failure(from: Self.address("10.0.0.1")) {
            case .told: told += 1
            case .tooMany(let wait, let isNews):
                #expect(wait > .zero)
                news += isNews ? 1 : 0
            }
        }
        #expect((100...110).contains(told))
        #expect(news == 1)
        #expect(rates.failure(from: Self.address("10.0.0.2")) == .told)
    }
}
