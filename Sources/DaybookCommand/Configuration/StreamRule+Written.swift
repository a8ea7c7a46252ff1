import Daybook

extension StreamRule {
    /// Reads `PATTERN=STREAM[,partitions=N][,retention=TIME][,hash-window=TIME]`.
    ///
    /// - Throws: ``SettingError``.
    init(written text: String) throws {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let mapping = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard mapping.count == 2 else { throw SettingError("the rule '\(text)' has no '=': write PATTERN=STREAM") }
        guard let pattern = TopicPattern(String(mapping[0])) else {
            throw SettingError("the rule '\(text)': '\(mapping[0])' is no topic pattern")
        }
        self.init(pattern: pattern, stream: String(mapping[1]))
        for part in parts.dropFirst() {
            let option = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch (option[0], option.count == 2 ? option[1] : "") {
            case ("partitions", let count):
                guard let number = Int32(count), (1...10_000).contains(number) else {
                    throw SettingError("the rule '\(text)': a stream has 1 to 10000 partitions, not '\(count)'")
                }
                partitions = number
            case ("retention", let time):
                guard let duration = DurationText.parse(time), duration >= .seconds(1) else {
                    throw SettingError(
                        "the rule '\(text)': '\(time)' is no time span of a second or more, such as 12h or 30d")
                }
                retention = duration
            case ("hash-window", let time):
                guard let duration = DurationText.parse(time), duration >= .seconds(1) else {
                    throw SettingError(
                        "the rule '\(text)': '\(time)' is no time span of a second or more, such as 12h or 30d")
                }
                hashWindow = .seconds(duration.components.seconds)
            default:
                throw SettingError(
                    "the rule '\(text)': '\(part)' is none of partitions=N, retention=TIME, hash-window=TIME")
            }
        }
        do {
            try StreamLayout(rules: [self]).validate()
        } catch {
            throw SettingError("\(error)")
        }
    }

    /// The rule as it is read.
    var written: String {
        "\(pattern)=\(stream)" + (partitions.map { ",partitions=\($0)" } ?? "")
            + (retention.map { ",retention=\(DurationText.text($0))" } ?? "")
            + (hashWindow.map { ",hash-window=\(DurationText.text($0))" } ?? "")
    }
}
