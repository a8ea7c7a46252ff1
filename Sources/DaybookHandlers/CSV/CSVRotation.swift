/// When a CSV file is put aside and a new one begun. All that are set hold at once; none of them is set at first, so
/// that files grow for ever.
public struct CSVRotation: Hashable, Sendable {
    /// Before the first row that this handler writes to a file, when it has rows already.
    public var atStart: Bool
    /// In bytes: before a batch's rows that would make the file longer. So a file is longer only when the rows of one
    /// batch alone are. Nil is no limit.
    public var maximumBytes: Int?
    /// Before the first row of another day (UTC, by the machine's clock) than that on which the file was written last.
    public var daily: Bool
    /// How many old files of each name are kept, `name_1.csv` the newest; the oldest beyond is deleted. At least 1.
    public var kept: Int

    public init(atStart: Bool = false, maximumBytes: Int? = nil, daily: Bool = false, kept: Int = 10) {
        self.atStart = atStart
        self.maximumBytes = maximumBytes
        self.daily = daily
        self.kept = kept
    }
}
