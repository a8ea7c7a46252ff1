import Foundation

/// The name of a directory for one test. Nothing is there until the test makes it.
struct TemporaryDirectory: Sendable {
    let path: String

    init(_ marker: String = "log") {
        path =
            FileManager.default.temporaryDirectory.appending(
                path: "daybook-\(marker)-\(UUID().uuidString)", directoryHint: .notDirectory
            ).path
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
