import Foundation
import KafkaClient
import Testing

@Suite(.timeLimit(.minutes(2))) struct MockClusterTests {
    @Test("the thread of a mock cluster takes no signals: one that interrupts its waiting would end it")
    func blocksSignals() throws {
        let cluster = try MockCluster()
        try withExtendedLifetime(cluster) {
            // It has a name from when it runs, and runs when it answers.
            try cluster.createTopic("signals", partitions: 1)
            let masks = Self.blockedSignals(ofThreadsNamed: "rdk:mock")
            #expect(!masks.isEmpty)
            for mask in masks {
                for signal in [SIGCHLD, SIGUSR1, SIGTERM, SIGINT, SIGALRM] {
                    #expect(mask & 1 << (signal - 1) != 0, "signal \(signal) is not blocked")
                }
            }
        }
    }

    /// Of this process's threads, as Linux tells: the mask of the signals that each one blocks.
    private static func blockedSignals(ofThreadsNamed name: String) -> [UInt64] {
        let directory = "/proc/self/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return threads.compactMap { thread in
            // A thread may end in between.
            guard let status = try? String(contentsOfFile: "\(directory)/\(thread)/status", encoding: .utf8) else {
                return nil
            }
            let lines = status.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace) }
            guard lines.contains(["Name:", Substring(name)]) else { return nil }
            return lines.first { $0.first == "SigBlk:" }.flatMap { UInt64($0[1], radix: 16) }
        }
    }
}
