/// A name nobody else uses: the hint, and 12 random hex digits. Fit for streams, groups and transactional ids of every backend.
public func uniqueName(_ hint: String) -> String {
    let digits = String(UInt64.random(in: 0..<(1 << 48)), radix: 16)
    return "\(hint)-\(String(repeating: "0", count: 12 - digits.count))\(digits)"
}
