extension UInt8 {
    /// An ASCII letter or digit.
    var isLetterOrDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
    }

    var isHexDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
    }

    /// What an atom may hold (RFC 5322, 3.2.3): in addresses and ids.
    var isAtomCharacter: Bool {
        isLetterOrDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains(self)
    }
}

extension Unicode.Scalar {
    /// What must never reach a header: it could end the line, or hide a part of it from people.
    var isControl: Bool {
        value < 0x20 || (0x7F...0x9F).contains(value) || value == 0x2028 || value == 0x2029
    }
}

extension String {
    /// With a single blank for each run of control characters.
    ///
    /// Scalar by scalar: CR LF is one `Character`, and a combining mark may hide a line end from a look at those.
    var withoutControls: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        var result = UnicodeScalarView()
        var wasControl = false
        for scalar in unicodeScalars {
            if !scalar.isControl {
                result.append(scalar)
            } else if !wasControl {
                result.append(" ")
            }
            wasControl = scalar.isControl
        }
        return String(result)
    }
}
