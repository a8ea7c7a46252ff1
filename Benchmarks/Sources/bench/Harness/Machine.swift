import Foundation

/// What the run ran on.
struct Machine: Encodable, CustomStringConvertible {
    var processor: String
    var processors: Int
    var load: String
    /// How long the disk takes to make 4 KiB durable, in milliseconds.
    var sync: Series

    init(directory: String) throws {
        let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = cpu.split(separator: "\n").first { $0.hasPrefix("model name") }
        processor =
            model?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
        processors = ProcessInfo.processInfo.activeProcessorCount
        load = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.prefix(14).description ?? "unknown"
        sync = try Self.measureSync(directory)
    }

    var description: String {
        "\(processors) × \(processor), load \(load); the disk syncs 4 KiB in \(Figures.short(sync.median)) ms"
            + " (\(Figures.short(sync.minimum)) … \(Figures.short(sync.maximum)))"
    }

    private static func measureSync(_ directory: String) throws -> Series {
        let path = "\(directory)/sync"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw BenchError("cannot write \(path): \(String(cString: strerror(errno)))") }
        defer {
            close(file)
            unlink(path)
        }
        let page = [UInt8](repeating: 7, count: 4096)
        let clock = ContinuousClock()
        return Series(
            (0..<50).map { _ in
                let took = clock.measure {
                    _ = write(file, page, page.count)
                    fdatasync(file)
                }
                return took / .milliseconds(1)
            })
    }
}
