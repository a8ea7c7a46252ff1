/// Room for the text that librdkafka explains an error with.
func withErrorText<Result>(
    _ body: (UnsafeMutablePointer<CChar>, Int) throws -> Result
) rethrows -> Result {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("512 bytes have an address") }
        base.initialize(repeating: 0, count: buffer.count)
        return try body(base, buffer.count)
    }
}
