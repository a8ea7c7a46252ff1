import NIOPosix

/// Reads lines from a file or standard input, in batches that are as large as what has come, within bounds.
final class LineBatches {
    /// Some lines, with their numbers from 1. Empty lines are passed over.
    struct Batch: Sendable {
        var lines: [[UInt8]] = []
        var numbers: [Int] = []
        /// The bytes read of the whole input by now.
        var bytesRead = 0
    }

    static let maximumLines = 1000
    private static let maximumBytes = 1 << 20
    /// A line that is longer than any event can be is no line of events.
    private static let maximumLine = 1 << 30

    private let file: InputFile
    private let path: String
    private var splitter = LineSplitter()
    private var number = 0
    private var bytesRead = 0
    private var waiting: [Batch] = []
    private var isAtEnd = false

    var byteCount: Int? { file.byteCount }

    init(path: String) throws {
        self.path = path
        do {
            file = try InputFile(path: path)
        } catch {
            throw CommandFailure(.usage, "\(path) cannot be read: \(error)")
        }
    }

    /// The next lines; nil at the end.
    func next() async throws -> Batch? {
        while waiting.isEmpty, !isAtEnd { try await read() }
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }

    private func read() async throws {
        let bytes: [UInt8]
        do {
            // Reading blocks; a pipe may stay silent for days.
            bytes = try await NIOThreadPool.singleton.runIfActive { [file] in
                try file.readAvailable(limit: Self.maximumBytes)
            }
        } catch let error as SystemError {
            throw CommandFailure(.failure, "\(path) cannot be read: \(error)")
        }
        bytesRead += bytes.count
        var lines = splitter.split(bytes)
        if bytes.isEmpty {
            isAtEnd = true
            splitter.rest.map { lines.append($0) }
        } else if splitter.rest?.count ?? 0 > Self.maximumLine {
            throw CommandFailure(.usage, "line \(number + 1) of \(path) is longer than a GiB: is it NDJSON?")
        }
        var batch = Batch(bytesRead: bytesRead)
        for line in lines {
            number += 1
            guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
            batch.lines.append(line)
            batch.numbers.append(number)
            if batch.lines.count == Self.maximumLines {
                waiting.append(batch)
                batch = Batch(bytesRead: bytesRead)
            }
        }
        if !batch.lines.isEmpty { waiting.append(batch) }
    }
}
