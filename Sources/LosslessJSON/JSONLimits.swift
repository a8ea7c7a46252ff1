/// What a reader accepts, whatever the sender says.
public struct JSONLimits: Hashable, Sendable {
    /// How many arrays and objects may be nested in each other.
    public var maximumDepth: Int
    /// The length of the text, white space included.
    public var maximumBytes: Int

    public init(maximumDepth: Int = 128, maximumBytes: Int = .max) {
        self.maximumDepth = maximumDepth
        self.maximumBytes = maximumBytes
    }

    /// 128 levels; no limit of bytes.
    public static let standard = JSONLimits()
}
