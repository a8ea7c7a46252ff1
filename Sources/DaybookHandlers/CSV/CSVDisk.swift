import Glibc

/// The calls that write, so that tests can let them fail.
struct CSVDisk: Sendable {
    /// As `write(2)`.
    var write: @Sendable (_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int = {
        Glibc.write($0, $1.baseAddress, $1.count)
    }
    /// As `fdatasync(2)`.
    var sync: @Sendable (_ descriptor: Int32) -> Int32 = { fdatasync($0) }
    /// What time it is, in days since 1970.
    var today: @Sendable () -> Int = { time(nil) / 86_400 }
}
