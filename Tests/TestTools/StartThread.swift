import Foundation

/// Runs a body that blocks, on a thread of its own.
public func startThread(_ body: @escaping @Sendable () -> Void) {
    Thread.detachNewThread(body)
}
