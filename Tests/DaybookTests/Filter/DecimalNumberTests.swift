import Daybook
import Testing

struct DecimalNumberTests {
    @Test func `numbers are compared by value, with all their digits`() throws {
        let ascending = [
            "-1e400", "-10", "-1.5", "-1", "-1e-400", "0", "1e-400", "0.1", "0.25", "1", "1.0000000000000000001", "9",
            "10", "9007199254740992", "9007199254740993", "1e400", "1e401",
        ]
        let numbers = try ascending.map { try #require(DecimalNumber($0)) }
        for (at, number) in numbers.enumerated() {
            for (other, greater) in numbers.enumerated() { #expect((number < greater) == (at < other)) }
        }
    }

    @Test func `equal numbers may be written differently`() {
        for (a, b) in [("1", "1.0"), ("100", "1e2"), ("0.5", "5E-1"), ("0", "-0.0e9"), ("12e+1", "120")] {
            #expect(DecimalNumber(a) == DecimalNumber(b))
        }
        #expect(DecimalNumber(-1200) == DecimalNumber("-1.2e3"))
        #expect(DecimalNumber(0.5) == DecimalNumber("0.5"))
        #expect(DecimalNumber(Int.min) == DecimalNumber("-9223372036854775808"))
        for text in ["", "-", "x", "1e", "1e+", "1.2.3", ".5", "1-2"] { #expect(DecimalNumber(text) == nil) }
    }

    @Test(arguments: [
        "-7.02e1099511627795", "5200585e92154223890898240537", "0.17e-4608350760249528684", "1e-1099511627777",
    ])
    func `a power of ten beyond all bounds prints as what it is read as`(_ text: String) throws {
        let number = try #require(DecimalNumber(text))
        #expect(DecimalNumber(number.description) == number, "\(number)")
    }
}
