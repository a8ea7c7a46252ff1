import Glibc

/// An IPv4 or IPv6 address.
struct NetworkAddress: Hashable, Sendable {
    /// 4 or 16 bytes.
    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads the usual spellings; nil for a name.
    init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            bytes = withUnsafeBytes(of: v4) { Array($0) }
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            bytes = withUnsafeBytes(of: v6) { Array($0) }
        } else {
            return nil
        }
    }

    /// Why it is none of the public Internet's, where anybody may be sent to; nil when it is one.
    ///
    /// Everything that is not known to be public is not: of IPv6, only 2000::/3 and what holds a public IPv4 address.
    var specialUse: String? {
        bytes.count == 4 ? Self.specialUse(v4: bytes) : Self.specialUse(v6: bytes)
    }

    /// The networks of IANA's registry of special addresses, and the cloud's metadata services outside of them.
    private static let specialV4: [(network: [UInt8], bits: Int, use: String)] = [
        ([0, 0, 0, 0], 8, "unspecified"), ([10, 0, 0, 0], 8, "private"), ([100, 64, 0, 0], 10, "carrier-grade NAT"),
        ([127, 0, 0, 0], 8, "loopback"), ([169, 254, 0, 0], 16, "link-local"), ([172, 16, 0, 0], 12, "private"),
        ([192, 0, 0, 0], 24, "reserved"), ([192, 0, 2, 0], 24, "documentation"), ([192, 88, 99, 0], 24, "reserved"),
        ([192, 168, 0, 0], 16, "private"), ([198, 18, 0, 0], 15, "benchmarking"),
        ([198, 51, 100, 0], 24, "documentation"),
        ([203, 0, 113, 0], 24, "documentation"), ([224, 0, 0, 0], 4, "multicast"), ([240, 0, 0, 0], 4, "reserved"),
        ([168, 63, 129, 16], 32, "metadata service"),
    ]

    private static let specialV6: [(network: [UInt8], bits: Int, use: String)] = [
        ([0x20, 0x01, 0x00, 0x00], 23, "reserved"), ([0x20, 0x01, 0x0d, 0xb8], 32, "documentation"),
        ([0x3f, 0xff, 0x00], 20, "documentation"),
    ]

    private static func specialUse(v4 bytes: [UInt8]) -> String? {
        specialV4.first { starts(bytes, with: $0.network, bits: $0.bits) }?.use
    }

    private static func specialUse(v6 bytes: [UInt8]) -> String? {
        let zeros = [UInt8](repeating: 0, count: 16)
        if bytes == zeros { return "unspecified" }
        if bytes == zeros.dropLast() + [1] { return "loopback" }
        // IPv4 addresses in IPv6 ones: mapped, and behind translators (NAT64, 6to4).
        let holdsV4: [(prefix: [UInt8], at: Int)] = [
            (zeros.prefix(10) + [0xff, 0xff], 12), ([0x00, 0x64, 0xff, 0x9b] + zeros.prefix(8), 12), ([0x20, 0x02], 2),
        ]
        for (prefix, at) in holdsV4 where bytes.starts(with: prefix) {
            return specialUse(v4: Array(bytes[at..<at + 4]))
        }
        if starts(bytes, with: [0xfc], bits: 7) { return "unique local" }
        if starts(bytes, with: [0xfe, 0x80], bits: 10) { return "link-local" }
        if starts(bytes, with: [0xff], bits: 8) { return "multicast" }
        guard starts(bytes, with: [0x20], bits: 3) else { return "reserved" }
        return specialV6.first { starts(bytes, with: $0.network, bits: $0.bits) }?.use
    }

    private static func starts(_ bytes: [UInt8], with network: [UInt8], bits: Int) -> Bool {
        let whole = bits / 8
        guard bytes.prefix(whole) == network.prefix(whole) else { return false }
        let rest = bits % 8
        return rest == 0 || (bytes[whole] ^ network[whole]) >> (8 - rest) == 0
    }
}

extension NetworkAddress: CustomStringConvertible {
    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isWritten = bytes.withUnsafeBytes {
            inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, $0.baseAddress, &text, socklen_t(text.count)) != nil
        }
        return isWritten ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : "?"
    }
}
