import Daybook

/// Reads records of a history or signals stream for the fold: Daybook's own straight from their headers, other people's
/// CloudEvents by way of the form Daybook would have written.
///
/// Records are read by pointer: to copy one is to count references to three arrays, each in memory of its own.
enum RecordReader {
    /// What is still to be looked for in a record.
    private enum Form {
        case any
        case binary
        case normalised
    }

    /// Calls the body with what the record says.
    ///
    /// - Throws: why the record says nothing that can be used; the body is not called then.
    @inline(__always)
    static func read(_ record: UnsafePointer<Record>, _ body: (RecordContents) -> Void) throws(InvalidReason) {
        do {
            // Nearly always one pass is all.
            if let rewritten = try pass(record, .any, body) { try readRewritten(rewritten, body) }
        } catch let reason as InvalidReason {
            throw reason
        } catch {
            throw .malformed
        }
    }

    /// A structured event is looked at again in binary mode, and may still be in want of normalising.
    @inline(never)
    private static func readRewritten(_ rewritten: Record, _ body: (RecordContents) -> Void) throws {
        if let normalised = try withUnsafePointer(to: rewritten, { try pass($0, .binary, body) }) {
            _ = try withUnsafePointer(to: normalised) { try pass($0, .normalised, body) }
        }
    }

    /// - Returns: the record in another form, to be read instead; nil when the body was called.
    @inline(__always)
    private static func pass(
        _ record: UnsafePointer<Record>, _ form: Form, _ body: (RecordContents) -> Void
    ) throws -> Record? {
        try WireFields.read(record.pointee.headers) { fields in
            if form == .any, let type = fields[.contentType], mayBeStructured(type) {
                do {
                    if let binary = try StructuredMode.binary(from: record.pointee) { return binary }
                } catch {
                    throw InvalidReason.structured
                }
            }
            if form != .normalised, try RecordNormalizer.needsNormalising(fields) {
                return try RecordNormalizer.normalised(record.pointee, fields)
            }
            body(try RecordContents(fields, hasValue: record.pointee.value != nil))
            return nil
        }
    }

    private static func mayBeStructured(_ contentType: UnsafeRawBufferPointer) -> Bool {
        contentType.count >= 23 && contentType[12] | 0x20 == UInt8(ascii: "c")
            && contentType[13] | 0x20 == UInt8(ascii: "l")
    }
}
