import Daybook

/// Reads records of a history or signals stream for the fold: Daybook's own straight from their headers, other people's
/// CloudEvents by way of the form Daybook would have written.
enum RecordReader {
    /// Calls the body with what the record says.
    ///
    /// - Throws: why the record says nothing that can be used; the body is not called then.
    @inline(__always)
    static func read(_ record: Record, _ body: (RecordContents) -> Void) throws(InvalidReason) {
        do {
            // Nearly always one pass is all.
            guard var rewritten = try pass(record, isStructured: nil, isNormalised: false, body) else { return }
            // A structured event is looked at again in binary mode, and may still be in want of normalising.
            if let next = try pass(rewritten, isStructured: false, isNormalised: false, body) {
                rewritten = next
            } else {
                return
            }
            _ = try pass(rewritten, isStructured: false, isNormalised: true, body)
        } catch let reason as InvalidReason {
            throw reason
        } catch {
            throw .malformed
        }
    }

    /// - Returns: the record in another form, to be read instead; nil when the body was called.
    @inline(__always)
    private static func pass(
        _ record: Record, isStructured: Bool?, isNormalised: Bool, _ body: (RecordContents) -> Void
    ) throws -> Record? {
        try WireFields.read(record.headers) { fields in
            if isStructured == nil, fields[.contentType].map(mayBeStructured) ?? false {
                do {
                    if let binary = try StructuredMode.binary(from: record) { return binary }
                } catch {
                    throw InvalidReason.structured
                }
            }
            if !isNormalised, try RecordNormalizer.needsNormalising(fields) {
                return try RecordNormalizer.normalised(record, fields)
            }
            body(try RecordContents(fields, hasValue: record.value != nil))
            return nil
        }
    }

    private static func mayBeStructured(_ contentType: UnsafeRawBufferPointer) -> Bool {
        contentType.count >= 23 && contentType[12] | 0x20 == UInt8(ascii: "c")
            && contentType[13] | 0x20 == UInt8(ascii: "l")
    }
}
