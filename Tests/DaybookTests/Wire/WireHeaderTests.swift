import Daybook
import Testing

struct WireHeaderTests {
    @Test(arguments: WireHeader.allCases)
    func `is found by its name`(header: WireHeader) {
        #expect(find("\(header.name)".utf8) == header)
    }

    @Test func `names are all different, and CloudEvents allows them`() {
        let names = WireHeader.allCases.map { "\($0.name)" }
        #expect(Set(names).count == names.count)
        for name in names where name.hasPrefix("ce_") {
            #expect(name.dropFirst(3).allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) }, "\(name)")
            #expect(name.count <= 23, "CloudEvents asks for 20 characters at most: \(name)")
        }
    }

    @Test func `nothing near a name is taken for it`() {
        let known = Dictionary(uniqueKeysWithValues: WireHeader.allCases.map { (Array("\($0.name)".utf8), $0) })
        var tried = 0
        func check(_ name: [UInt8]) {
            tried += 1
            if find(name) != known[name] { Issue.record("\(String(decoding: name, as: UTF8.self))") }
        }
        for name in known.keys {
            check(Array(name.dropLast()))
            check(Array(name.dropFirst()))
            check(name + [UInt8(ascii: "s")])
            check([0] + name)
            check(Array("\(String(decoding: name, as: UTF8.self))".uppercased().utf8))
            for at in name.indices {
                for byte in [UInt8(0), name[at] ^ 0x20, name[at] ^ 1, UInt8(ascii: "e"), UInt8(ascii: "s"), 0xFF] {
                    var changed = name
                    changed[at] = byte
                    check(changed)
                }
            }
        }
        #expect(tried > 1_000)
    }

    @Test func `every length is survived`() {
        for length in 0...40 {
            for byte in [UInt8(ascii: "c"), UInt8(ascii: "e"), UInt8(ascii: "s"), UInt8(ascii: "_"), 0] {
                #expect(find(Array(repeating: byte, count: length)) == nil)
            }
        }
    }

    private func find(_ name: some Collection<UInt8>) -> WireHeader? {
        Array(name).withUnsafeBytes { WireHeader(name: $0) }
    }
}
