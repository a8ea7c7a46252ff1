/// Text as a terminal shows it: how wide it is, and safe to be shown.
enum DisplayText {
    /// One line without anything a terminal would obey: what events say is not ours.
    static func safe(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { safe.append(isControl(scalar) ? " " : scalar) }
        return String(safe)
    }

    /// In cells: wide characters of East Asian scripts and emoji take two, combining marks none.
    static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    /// The text within so many cells, with `…` where it was cut.
    static func cut(_ text: String, to cells: Int) -> String {
        // No character is wider than its bytes are many, so most texts need no measuring.
        guard text.utf8.count > cells, width(text) > cells else { return text }
        var kept = ""
        var used = 0
        for character in text {
            used += width(character)
            if used > cells - 1 { break }
            kept.append(character)
        }
        return kept + "…"
    }

    static func padded(_ text: String, to cells: Int) -> String {
        text + String(repeating: " ", count: max(cells - width(text), 0))
    }

    private static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        if first.isASCII { return 1 }
        if first.properties.generalCategory == .nonspacingMark { return 0 }
        if first.properties.isEmojiPresentation { return 2 }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        // Marks that turn the direction of the rest of the line around.
        case .format: (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        default: false
        }
    }
}
