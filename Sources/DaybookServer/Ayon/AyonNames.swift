/// The patterns of AYON's REST interface, checked by hand: they are on the path of every request.
enum AyonNames {
    static let topicRule = "3 to 65 characters: a letter, then letters, digits, '_', '.' and '*'"
    static let nameRule = "letters, digits, '_', '.' and '-', the first and the last one no '.' or '-'"

    /// `^[a-zA-Z][a-zA-Z0-9_\.\*]{2,64}$`
    static func isTopic(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard (3...65).contains(bytes.count), bytes[0].isLetter else { return false }
            return bytes.dropFirst().allSatisfy {
                $0.isWordByte || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "*")
            }
        }
    }

    /// `^[a-zA-Z0-9_]([a-zA-Z0-9_\.\-]*[a-zA-Z0-9_])?$`: projects, and what a header may say of a sender.
    static func isName(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard let first = bytes.first, let last = bytes.last, first.isWordByte, last.isWordByte else {
                return false
            }
            return bytes.allSatisfy { $0.isWordByte || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
        }
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }
    fileprivate var isWordByte: Bool { isLetter || self &- UInt8(ascii: "0") < 10 || self == UInt8(ascii: "_") }
}
