import CPowerCut
import Glibc

/// A cut of the power amid the writing to a directory, as the VFS in `CPowerCut` makes it.
enum PowerCut {
    /// Whether the VFS is in place. It looks at databases in directories made with ``directory()`` only.
    static let isInstalled = powercut_install() == 0

    static func directory() -> TemporaryDirectory { TemporaryDirectory(POWERCUT_MARKER) }

    private final class Pending: Sendable {
        let directory: String
        let target: String
        let seed: UInt64
        let begin: @Sendable () -> @Sendable () -> Void

        init(
            _ directory: String, _ target: String, _ seed: UInt64,
            _ begin: @escaping @Sendable () -> @Sendable () -> Void
        ) {
            self.directory = directory
            self.target = target
            self.seed = seed
            self.begin = begin
        }
    }

    /// Waits until the so-manieth operation on the directory's files from now, and leaves in another directory what a disk would hold
    /// if the power failed just before it.
    ///
    /// - Parameters:
    ///   - seed: 0 loses all that was not synced; any other chooses at random what of it is kept.
    ///   - witness: called in that moment, while nothing more is written; what it gives is returned.
    static func wait<Value: Sendable>(
        for operation: UInt64, in directory: String, leaving target: String, seed: UInt64,
        witness: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            arm(operation, in: directory, leaving: target, seed: seed) {
                let value = witness()
                return { continuation.resume(returning: value) }
            }
        }
    }

    /// As ``wait(for:in:leaving:seed:witness:)``, without the waiting: the body is called before the snapshot, and what it gives after it.
    static func arm(
        _ operation: UInt64, in directory: String, leaving target: String, seed: UInt64,
        _ begin: @escaping @Sendable () -> @Sendable () -> Void = { {} }
    ) {
        mkdir(target, 0o755)
        let pending = Pending(directory, target, seed, begin)
        powercut_arm(
            directory, operation,
            { context in
                guard let context else { return }
                let pending = Unmanaged<Pending>.fromOpaque(context).takeRetainedValue()
                // What is acknowledged after the snapshot is not asked of it.
                let end = pending.begin()
                precondition(powercut_snapshot(pending.directory, pending.target, pending.seed) == 0)
                end()
            }, Unmanaged.passRetained(pending).toOpaque())
    }

    /// Has the disk behind a directory fail from now on. One directory at a time: for tests of a serialized suite.
    static func fail(_ directory: String, _ fault: powercut_fault) {
        powercut_fail(directory, fault)
    }

    static func forget(_ directory: String) {
        powercut_forget(directory)
    }
}
