import Glibc

/// A call to the system that failed, with the system's own words.
struct SystemError: Error, CustomStringConvertible {
    var code: Int32

    init(_ code: Int32 = errno) {
        self.code = code
    }

    var description: String { String(cString: strerror(code)) }
}
