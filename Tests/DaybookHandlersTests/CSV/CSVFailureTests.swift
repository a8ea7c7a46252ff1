import Daybook
import Foundation
import Glibc
import TestTools
import Testing

@testable import DaybookHandlers

/// Disks that fail, policies of syncing, and directories that cannot be used.
@Suite struct CSVFailureTests {
    private let directory: ScratchDirectory

    init() throws {
        directory = try ScratchDirectory()
    }

    /// A disk that takes half of a batch is as if it had taken nothing, in every file; the next attempt writes each row once.
    @Test func cutsWhatAFailedWriteLeft() async throws {
        let room = Box(Int.max)
        var disk = CSVDisk()
        disk.write = { descriptor, bytes in
            let count = min(bytes.count, room.value)
            guard count > 0 else {
                errno = ENOSPC
                return -1
            }
            room.withLock { $0 -= count }
            return Glibc.write(descriptor, bytes.baseAddress, count)
        }
        let handler = try CSVHandler(CSVSettings(directory: directory.path), disk: disk)
        try await handler.prepare()
        try await handler.handle(["a", "b"].map { row($0, 1) })
        let before = try ["sshd-a.csv", "sshd-b.csv"].map { try directory.text($0) }
        let batch = ["a", "b", "c", "a"].map { row($0, 2) }
        for bytes in [0, 10, 40, 80, 100, 150] {
            room.value = bytes
            let failure = await #expect(throws: HandlerFailure.self) { try await handler.handle(batch) }
            guard case .unavailable(let reason, _) = failure else {
                Issue.record("\(failure as Any)")
                return
            }
            #expect(reason.contains("handlers.csv: cannot write") && reason.contains("No space left"))
            #expect(try ["sshd-a.csv", "sshd-b.csv"].map { try directory.text($0) } == before)
            #expect(((try? directory.text("sshd-c.csv")) ?? "").isEmpty)
        }
        room.value = .max
        try await handler.handle(batch)
        await handler.close()
        #expect(try directory.text("sshd-a.csv").split(separator: "\n").count == 4)
        #expect(try directory.text("sshd-b.csv").split(separator: "\n").count == 3)
        #expect(try directory.text("sshd-c.csv").split(separator: "\n").count == 2)
    }

    @Test func writesOncePerFileAndBatch() async throws {
        let writes = Box(0)
        var disk = CSVDisk()
        disk.write = { descriptor, bytes in
            writes.withLock { $0 += 1 }
            return Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        }
        let handler = try CSVHandler(CSVSettings(directory: directory.path), disk: disk)
        try await handler.prepare()
        try await handler.handle((0..<1000).map { row($0 % 2 == 0 ? "a" : "b", $0) })
        #expect(writes.value == 2)
        await handler.close()
    }

    @Test func syncsByPolicy() async throws {
        #expect(try await syncs(.never, batches: 3) == [0, 0])
        #expect(try await syncs(.eachBatch, batches: 3) == [3, 3])
        #expect(try await syncs(.every(.seconds(3600)), batches: 3) == [0, 1])
    }

    /// The syncs after some batches, and after closing.
    private func syncs(_ policy: CSVSync, batches: Int) async throws -> [Int] {
        let count = Box(0)
        let handler = try counting(policy) { count.withLock { $0 += 1 } }
        try await handler.prepare()
        for n in 0..<batches { try await handler.handle([row("a", n)]) }
        let before = count.value
        await handler.close()
        return [before, count.value]
    }

    @Test(.timeLimit(.minutes(1))) func syncsAfterATime() async throws {
        let (synced, signal) = AsyncStream.makeStream(of: Void.self)
        let handler = try counting(.every(.milliseconds(1))) { signal.yield() }
        try await handler.prepare()
        var seen = synced.makeAsyncIterator()
        for n in 0..<2 {
            try await handler.handle([row("a", n)])
            await seen.next()
        }
        await handler.close()
    }

    @Test func aFailedSyncSettlesNothing() async throws {
        var disk = CSVDisk()
        disk.sync = { _ in
            errno = EIO
            return -1
        }
        let handler = try CSVHandler(CSVSettings(directory: directory.path, sync: .eachBatch), disk: disk)
        try await handler.prepare()
        await #expect(throws: HandlerFailure.self) { try await handler.handle([row("a", 1)]) }
        #expect(try directory.text("sshd-a.csv").isEmpty)
        await handler.close()
    }

    @Test(arguments: [
        ("/nowhere/at/all", "No such file or directory"), ("/etc/passwd", "Not a directory"),
        ("/proc/self", "cannot be written"),
    ])
    func findsADirectoryThatCannotBeUsed(path: String, reason: String) async throws {
        let handler = try CSVSettings(name: "rows", directory: path).makeHandler()
        let error = await #expect(throws: InvalidSetting.self) { try await handler.prepare() }
        #expect(error?.setting == "handlers.rows.directory")
        #expect(error?.reason.contains(path) == true && error?.reason.contains(reason) == true)
    }

    /// A descriptor closed twice is, the second time, often one that somebody else has opened in between.
    @Test func aRefusedDirectoryClosesNothingOfOthers() throws {
        let (isOver, lost) = (Box(false), Box(0))
        let others = DispatchGroup()
        for _ in 0..<2 {
            others.enter()
            startThread {
                while !isOver.value {
                    let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
                    usleep(10)
                    if close(descriptor) != 0 { lost.withLock { $0 += 1 } }
                }
                others.leave()
            }
        }
        // Where no file can be made, whoever asks.
        let settings = CSVSettings(directory: "/proc/self")
        for _ in 0..<3000 {
            #expect(throws: InvalidSetting.self) { try CSVDirectoryHold(settings) }
        }
        isOver.value = true
        others.wait()
        #expect(lost.value == 0)
    }

    @Test func refusesADirectoryThatIsInUse() async throws {
        let settings = CSVSettings(directory: directory.path)
        let first = try settings.makeHandler()
        try await first.prepare()
        let second = try settings.makeHandler()
        let error = await #expect(throws: InvalidSetting.self) { try await second.prepare() }
        #expect(error?.reason.contains("in use") == true)
        await first.close()
        try await second.prepare()
        await second.close()
    }

    @Test func findsSettingsThatCannotBe() throws {
        func setting(_ settings: CSVSettings) -> String? {
            do {
                _ = try settings.makeHandler()
                return nil
            } catch {
                return (error as? InvalidSetting)?.setting
            }
        }
        #expect(setting(CSVSettings(directory: "")) == "handlers.csv.directory")
        #expect(setting(CSVSettings(directory: "d", batchSize: 0)) == "handlers.csv.batchSize")
        #expect(setting(CSVSettings(directory: "d", maximumOpenFiles: 0)) == "handlers.csv.maximumOpenFiles")
        #expect(setting(CSVSettings(directory: "d", rotation: CSVRotation(kept: 0))) == "handlers.csv.rotation.kept")
        #expect(
            setting(CSVSettings(directory: "d", rotation: CSVRotation(maximumBytes: 0)))
                == "handlers.csv.rotation.maximumBytes")
        #expect(setting(CSVSettings(directory: "d", sync: .every(.zero))) == "handlers.csv.sync")
        #expect(setting(CSVSettings(directory: "d")) == nil)
    }

    // MARK: - Helpers

    private func counting(_ policy: CSVSync, _ count: @escaping @Sendable () -> Void) throws -> CSVHandler {
        var disk = CSVDisk()
        disk.sync = { _ in
            count()
            return 0
        }
        return try CSVHandler(CSVSettings(directory: directory.path, sync: policy), disk: disk)
    }

    private func row(_ topic: String, _ n: Int) -> Delivery { .created(.sample(topic, payload: #"{"n":\#(n)}"#)) }
}
