import Foundation
import Glibc
import Synchronization

/// A child process. Foundation's own was seen to wait for ever for children that had ended, and to crash where many
/// files were open.
final class ChildProcess: Sendable {
    /// Where its standard streams come from and go to.
    struct Streams {
        var input = "/dev/null"
        /// A path, or a descriptor of this process.
        var output = Target.path("/dev/null")
        var errors = "/dev/null"

        enum Target {
            case path(String)
            case descriptor(Int32)
        }
    }

    struct NotStarted: Error {
        var path: String
        var errno: Int32
    }

    let id: pid_t
    private let status = Mutex<Int32?>(nil)

    /// - Throws: ``NotStarted``.
    init(
        _ path: String, _ arguments: [String], environment: [String: String], directory: String? = nil,
        streams: Streams = Streams()
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, streams.input, O_RDONLY, 0)
        switch streams.output {
        case .path(let path): posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, path, O_WRONLY, 0)
        case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, STDOUT_FILENO)
        }
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, streams.errors, O_WRONLY | O_APPEND, 0)
        // Nothing else of this process, in which other tests have files open. Those that are not open by then are no error.
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            guard let descriptor = Int32(name), descriptor > STDERR_FILENO else { continue }
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        let command = (directory.map { ["/usr/bin/env", "-C", $0] } ?? []) + [path] + arguments
        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var id: pid_t = 0
        let failure = posix_spawn(&id, command[0], &actions, &attributes, &words, &variables)
        guard failure == 0 else { throw NotStarted(path: path, errno: failure) }
        self.id = id
    }

    var isRunning: Bool {
        status.withLock { status in
            if status == nil { status = Self.wait(id, WNOHANG) }
            return status == nil
        }
    }

    /// Sends a signal, unless it has ended (its number may be another's by then).
    func signal(_ number: Int32) {
        if isRunning { kill(id, number) }
    }

    /// Waits for its end; blocks the thread.
    ///
    /// - Returns: the exit code, or the negative number of the signal that ended it.
    @discardableResult
    func wait() -> Int32 {
        // Waited for without taking its status, so that `isRunning` and signals go on meanwhile.
        var information = siginfo_t()
        while status.withLock({ $0 }) == nil, waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) != 0,
            errno == EINTR
        {}
        let raw = status.withLock { status in
            if status == nil { status = Self.wait(id, 0) }
            return status ?? 0
        }
        return raw & 0x7F == 0 ? (raw >> 8) & 0xFF : -(raw & 0x7F)
    }

    private static func wait(_ id: pid_t, _ options: Int32) -> Int32? {
        var status: Int32 = 0
        while true {
            let answer = waitpid(id, &status, options)
            if answer == id { return status }
            // What cannot be waited for has ended.
            if answer == 0 { return nil }
            if errno != EINTR { return 0 }
        }
    }
}
