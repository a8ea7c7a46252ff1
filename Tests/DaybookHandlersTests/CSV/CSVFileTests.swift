import Daybook
import Foundation
import TestTools
import Testing

@testable import DaybookHandlers

/// What becomes of files: appended to, put aside, cut, closed.
@Suite struct CSVFileTests {
    private static let time = "1970-01-01T00:00:00.000000+00:00"

    private let directory: ScratchDirectory

    init() throws {
        directory = try ScratchDirectory()
    }

    @Test func appendsAfterARestart() async throws {
        try await write([1])
        try await write([2, 3])
        #expect(directory.names == ["sshd-a.csv"])
        #expect(try numbers("sshd-a.csv") == ["n", "1", "2", "3"])
    }

    @Test func rotatesAtStart() async throws {
        for n in 1...4 { try await write([n, n], CSVRotation(atStart: true, kept: 2)) }
        #expect(directory.names == ["sshd-a.csv", "sshd-a_1.csv", "sshd-a_2.csv"])
        #expect(try numbers("sshd-a.csv") == ["n", "4", "4"])
        #expect(try numbers("sshd-a_1.csv") == ["n", "3", "3"])
        #expect(try numbers("sshd-a_2.csv") == ["n", "2", "2"])
    }

    @Test func rotatesBySize() async throws {
        let handler = try await handler(CSVRotation(maximumBytes: 200, kept: 3))
        // A row has 35 bytes, the header 12: five rows have place.
        for n in 1...7 { try await handler.handle([row(n)]) }
        #expect(try numbers("sshd-a_1.csv") == ["n", "1", "2", "3", "4", "5"])
        #expect(try numbers("sshd-a.csv") == ["n", "6", "7"])
        // A batch goes into one file.
        try await handler.handle((8...17).map { row($0) })
        #expect(try numbers("sshd-a.csv").count == 11)
        await handler.close()
    }

    @Test func rotatesByDay() async throws {
        let day = Box(20_000)
        var disk = CSVDisk()
        disk.today = { day.value }
        let handler = try await handler(CSVRotation(daily: true), disk: disk)
        try await handler.handle([row(1)])
        try await handler.handle([row(2)])
        day.value += 1
        try await handler.handle([row(3)])
        await handler.close()
        #expect(try numbers("sshd-a_1.csv") == ["n", "1", "2"])
        #expect(try numbers("sshd-a.csv") == ["n", "3"])
    }

    /// The file itself tells its day, also after a restart.
    @Test func rotatesByDayAfterARestart() async throws {
        try await write([1])
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -86_400)], ofItemAtPath: "\(directory.path)/sshd-a.csv")
        try await write([2], CSVRotation(daily: true))
        try await write([3], CSVRotation(daily: true))
        #expect(try numbers("sshd-a_1.csv") == ["n", "1"])
        #expect(try numbers("sshd-a.csv") == ["n", "2", "3"])
    }

    @Test func fillsAGapBeforeItDropsTheOldest() async throws {
        try directory.write("sshd-a_2.csv", "old")
        for n in 1...2 { try await write([n], CSVRotation(atStart: true, kept: 2)) }
        #expect(try directory.text("sshd-a_2.csv") == "old")
        #expect(try numbers("sshd-a_1.csv") == ["n", "1"])
    }

    @Test func beginsANewFileWhenDeclaredFieldsChange() async throws {
        try await write([1], fields: Fields(["a": ["n"]]))
        try await write([2], fields: Fields(["a": ["n"]]))
        try await write([3], fields: Fields(["a": ["n", "m"]]))
        #expect(try directory.text("sshd-a.csv") == "timestamp,n,m\n\(Self.time),3,\n")
        #expect(try numbers("sshd-a_1.csv") == ["n", "1", "2"])
    }

    @Test func beginsANewFileForAMemberWithoutAColumn() async throws {
        let handler = try await handler()
        try await handler.handle([row(1), .created(.sample("a", payload: #"{"m":2}"#)), row(3)])
        try await handler.handle([.created(.sample("a", payload: #"{"m":5,"n":4}"#)), .created(.sample("a"))])
        await handler.close()
        #expect(try directory.text("sshd-a_2.csv") == "timestamp,n\n\(Self.time),1\n")
        #expect(
            try directory.text("sshd-a_1.csv") == "timestamp,n,m\n\(Self.time),,2\n\(Self.time),3,\n\(Self.time),4,5\n")
        #expect(try directory.text("sshd-a.csv") == "timestamp,n,m,description\n\(Self.time),,,\n")
    }

    @Test func putsAForeignFileAside() async throws {
        try directory.write("sshd-a.csv", "notes\nof somebody\n")
        try await write([1])
        #expect(try directory.text("sshd-a_1.csv") == "notes\nof somebody\n")
        #expect(try numbers("sshd-a.csv") == ["n", "1"])
    }

    @Test(arguments: [
        "1970-01-01T00:00:00", "x", "1970,\"a\nb", "1970,\"a\n", "1970,\"a\"\"\n", "\0\0\0\n,\"\0",
    ])
    func cutsATornRow(tail: String) async throws {
        let whole = "timestamp,n\n\(Self.time),\"1\n\"\"2\"\n"
        let isRow = tail.hasPrefix("\0")
        try directory.write("sshd-a.csv", whole + tail)
        try await write([3])
        // Zeros with a line end are a row, for what it is worth.
        #expect(try directory.text("sshd-a.csv") == whole + (isRow ? "\0\0\0\n" : "") + "\(Self.time),3\n")
    }

    @Test func writesTheHeaderAgainWhenThatWasTorn() async throws {
        try directory.write("sshd-a.csv", "timest")
        try await write([1])
        #expect(try numbers("sshd-a.csv") == ["n", "1"])
    }

    /// A file that others moved away, cut or deleted is not written to in the dark.
    @Test func noticesWhatOthersDo() async throws {
        let handler = try await handler()
        let path = "\(directory.path)/sshd-a.csv"
        try await handler.handle([row(1)])
        try FileManager.default.moveItem(atPath: path, toPath: "\(directory.path)/mine")
        try await handler.handle([row(2)])
        #expect(try numbers("sshd-a.csv") == ["n", "2"])
        try FileManager.default.removeItem(atPath: path)
        try await handler.handle([row(3)])
        #expect(try numbers("sshd-a.csv") == ["n", "3"])
        try directory.append("sshd-a.csv", "torn")
        try await handler.handle([row(4)])
        #expect(try numbers("sshd-a.csv") == ["n", "3", "4"])
        #expect(try numbers("mine") == ["n", "1"])
        await handler.close()
    }

    @Test func holdsAFewFilesOpen() async throws {
        let handler = try CSVSettings(directory: directory.path, maximumOpenFiles: 3).makeHandler()
        try await handler.prepare()
        for round in 1...3 {
            try await handler.handle((1...20).map { .created(.sample("t\($0)", payload: #"{"n":\#(round)}"#)) })
            #expect(openFiles <= 4)
        }
        await handler.close()
        #expect(openFiles == 0)
        #expect(directory.names.count == 20)
        for n in 1...20 { #expect(try numbers("sshd-t\(n).csv") == ["n", "1", "2", "3"]) }
    }

    // MARK: - Helpers

    private func row(_ n: Int) -> Delivery { .created(.sample("a", payload: #"{"n":\#(n)}"#)) }

    private func handler(
        _ rotation: CSVRotation = CSVRotation(), fields: Fields = Fields(), disk: CSVDisk = CSVDisk()
    ) async throws -> CSVHandler {
        let handler = try CSVHandler(
            CSVSettings(directory: directory.path, rotation: rotation), fields: { fields($0) }, disk: disk)
        try await handler.prepare()
        return handler
    }

    private func write(
        _ numbers: [Int], _ rotation: CSVRotation = CSVRotation(), fields: Fields = Fields()
    ) async throws {
        let handler = try await handler(rotation, fields: fields)
        try await handler.handle(numbers.map { row($0) })
        await handler.close()
    }

    /// The second cells.
    private func numbers(_ name: String) throws -> [String] {
        try directory.text(name).split(separator: "\n").map { String($0.split(separator: ",")[1]) }
    }

    private var openFiles: Int {
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return descriptors.count {
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
            return target?.hasPrefix(directory.path + "/") == true
        }
    }
}
