import Foundation
import Synchronization

/// Says which input it was when the process dies of one, or hangs.
enum Watch {
    static let number = Atomic<Int>(-1)
    private static let line = Mutex<[UInt8]>([])
    private static let hang = 10

    static func begin(_ name: String, _ seed: UInt64) {
        line.withLock { $0 = Array("FuzzTool \(name) --seed \(seed) --count 1 --first ".utf8) }
        for code in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE] {
            signal(code) { code in
                Watch.tell("crashed; again with: ")
                signal(code, SIG_DFL)
                raise(code)
            }
        }
        guard number.load(ordering: .relaxed) < 0 else { return }
        Thread.detachNewThread {
            var last = (number: -1, times: 0)
            while true {
                sleep(1)
                let now = number.load(ordering: .relaxed)
                last = now == last.number ? (now, last.times + 1) : (now, 0)
                if last.times > hang, now >= 0 {
                    tell("hangs; again with: ")
                    exit(1)
                }
            }
        }
    }

    static func end() {
        number.store(-2, ordering: .relaxed)
    }

    /// Written without anything that could fail in a process that is dying.
    private static func tell(_ what: StaticString) {
        let at = number.load(ordering: .relaxed)
        write(2, what.utf8Start, what.utf8CodeUnitCount)
        if let bytes = line.withLockIfAvailable({ $0 }) {
            _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
        }
        let digits = Array("\(at)\n".utf8)
        _ = digits.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
