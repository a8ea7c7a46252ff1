/// A handle of librdkafka that may go from thread to thread, as librdkafka's calls allow. Owns nothing.
struct NativePointer: @unchecked Sendable {
    let raw: OpaquePointer

    init(_ raw: OpaquePointer) {
        self.raw = raw
    }
}
