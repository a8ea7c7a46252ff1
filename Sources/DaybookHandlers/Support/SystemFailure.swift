import Glibc

/// A call to the system that failed, with the system's own words.
struct SystemFailure: Error, CustomStringConvertible {
    var doing: String
    var code: Int32

    /// - Parameter doing: what could not be done, as `write 'x.csv'`.
    init(_ doing: String, _ code: Int32 = errno) {
        self.doing = doing
        self.code = code
    }

    var description: String { "cannot \(doing): \(String(cString: strerror(code)))" }
}
