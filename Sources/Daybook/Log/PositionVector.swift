/// Where reading goes on in several partitions: the next offset of each.
///
/// Printed and parsed as `stream:0@12,1@7;other:3@0`: streams in order, separated by `;`, each with its partitions
/// and next offsets.
public struct PositionVector: Hashable, Sendable {
    public var offsets: [StreamPartition: Int64]

    public init(_ offsets: [StreamPartition: Int64] = [:]) {
        self.offsets = offsets
    }

    public subscript(partition: StreamPartition) -> Int64? {
        get { offsets[partition] }
        set { offsets[partition] = newValue }
    }

    /// Whether every record this vector lies behind also lies before the other: `self` has read at least as far in
    /// each of the other's partitions.
    public func hasReached(_ other: PositionVector) -> Bool {
        other.offsets.allSatisfy { partition, offset in offset == 0 || (offsets[partition] ?? 0) >= offset }
    }
}

extension PositionVector: LosslessStringConvertible {
    public var description: String {
        var text = ""
        var stream: String?
        for (partition, offset) in offsets.sorted(by: { $0.key < $1.key }) {
            if partition.stream == stream {
                text += ","
            } else {
                text += (stream == nil ? "" : ";") + partition.stream + ":"
                stream = partition.stream
            }
            text += "\(partition.partition)@\(offset)"
        }
        return text
    }

    /// Nil when the text is not of the form above, or names a partition twice.
    public init?(_ text: String) {
        self.init()
        guard !text.isEmpty else { return }
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            guard let colon = part.firstIndex(of: ":"), colon > part.startIndex else { return nil }
            let stream = String(part[..<colon])
            for entry in part[part.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false) {
                let numbers = entry.split(separator: "@", omittingEmptySubsequences: false)
                guard numbers.count == 2, let partition = Int32(numbers[0]), partition >= 0,
                    let offset = Int64(numbers[1]), offset >= 0,
                    offsets.updateValue(offset, forKey: StreamPartition(stream, partition)) == nil
                else { return nil }
            }
        }
    }
}
