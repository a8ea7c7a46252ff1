import Glibc

/// Where the program writes for people and other programs.
enum Console {
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// The width that lines on standard output may have; nil when it is no terminal.
    static var outputWidth: Int? { outputIsTerminal ? width(of: STDOUT_FILENO) : nil }
    static var errorWidth: Int { width(of: STDERR_FILENO) }

    static func write(_ text: String) {
        write(Array(text.utf8))
    }

    static func write(_ bytes: [UInt8]) {
        write(bytes, to: STDOUT_FILENO)
    }

    static func writeError(_ text: String) {
        write(Array(text.utf8), to: STDERR_FILENO)
    }

    /// Straight to the descriptor: nothing is left in a buffer when the process is ended by a signal. A reader that
    /// went away ends the process, as it does for every program in a pipe.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written >= 0 {
                    rest = rest.dropFirst(written)
                } else if errno == EPIPE {
                    exit(0)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }

    private static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
